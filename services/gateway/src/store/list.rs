//! Lists of the directory: pages by keyset, by code or newest first.

use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::page::{ListRequest, Page, Pages};
use kefu_store::{Aggregate, Reader};
use sea_orm::sea_query::Condition;
use sea_orm::{EntityTrait, QueryTrait};

use super::Stored;
use crate::error::Error;

/// Which page of a list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// Rows on a page; 0 stands for 50.
    pub size: i32,
    /// The token of the page before.
    pub token: &'a str,
    /// What else the request names; a token belongs to it.
    pub parent: &'a str,
}

/// A page of the rows that `condition` lets through.
pub async fn page<A: Stored>(
    reader: &Reader,
    pages: &Pages,
    resource: &Resource,
    asked: Asked<'_>,
    condition: Condition,
) -> Result<Page<A>, Error>
where
    <A as Aggregate>::Root: Row,
{
    let request = ListRequest {
        page_size: asked.size,
        page_token: asked.token,
        parent: asked.parent,
        ..ListRequest::default()
    };
    let list = pages.list(resource, &request)?;
    let mut select = A::Entity::find();
    QueryTrait::query(&mut select).cond_where(condition);
    list.apply(QueryTrait::query(&mut select));
    let Page { rows, next_page_token } = list.page(select.all(reader).await?);
    Ok(Page { rows: A::assemble(reader, rows).await?, next_page_token })
}

/// A resource that is listed by its code.
pub fn by_code(table: &'static str) -> Resource {
    Resource::new(table, Field::id("id", table, (table, "id")))
        .field(Field::text("code", (table, "code")))
        .shape(Shape::on([]).ascending("code"))
}

/// A resource that is listed newest first: ids ascend with time.
pub fn newest_first(table: &'static str) -> Resource {
    Resource::new(table, Field::id("id", table, (table, "id"))).shape(Shape::on([]))
}

/// What the orders above need of a row.
pub fn value(field: &str, id: kefu_kernel::id::Uuid, code: &str) -> Value {
    match field {
        "id" => id.into(),
        "code" => code.into(),
        _ => Value::Unset,
    }
}
