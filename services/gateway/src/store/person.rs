//! The tables of people. `person.name`, `person.email` and `person_subject.subject` are personal data;
//! they stand nowhere else but in stored replies.

use std::sync::LazyLock;

use kefu_kernel::id::Uuid;
use kefu_kernel::{Head, Id, Scope, Timestamp};
use kefu_store::filter::{Resource, Row, Value};
use kefu_store::page::{Page, Pages};
use kefu_store::{Aggregate, Reader, Rows, StoreError, ids_in};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::list::{self, Asked};
use super::{Stored, of_the_company, text};
use crate::domain::person::Subject;
use crate::domain::{Person, Rights};
use crate::error::Error;

/// The columns that hold personal data, for whoever erases.
pub const PERSONAL: [(&str, &str); 3] =
    [("person", "name"), ("person", "email"), ("person_subject", "subject")];

static RESOURCE: LazyLock<Resource> = LazyLock::new(|| list::newest_first("person"));

/// A page of people, newest first; of one department, and without those taken out, where so asked.
pub async fn page(
    reader: &Reader,
    pages: &Pages,
    scope: &Scope,
    of: People,
    asked: Asked<'_>,
) -> Result<Page<Person>, Error> {
    let mut condition = Condition::all().add(of_the_company(scope));
    if let Some(department) = of.department {
        let mut members = Query::select();
        members
            .column(department::Column::PersonId)
            .from(department::Entity)
            .cond_where(department::Column::DepartmentId.eq(department));
        condition = condition.add(root::Column::Id.in_subquery(members));
    }
    if !of.deleted {
        condition = condition.add(root::Column::DeletedAt.is_null());
    }
    let parent = format!("{:?}", of);
    list::page(reader, pages, &RESOURCE, Asked { parent: &parent, ..asked }, condition).await
}

/// Which people are listed.
#[derive(Clone, Copy, Debug)]
pub struct People {
    /// Only those of this department.
    pub department: Option<Uuid>,
    /// Also those who were taken out.
    pub deleted: bool,
}

impl Person {
    fn subject_rows(&self) -> Vec<subject::Model> {
        let rows = self.subjects.iter().map(|one| subject::Model {
            person_id: self.head.id,
            issuer_id: one.issuer.uuid(),
            subject: one.subject.clone(),
        });
        rows.collect()
    }

    fn department_rows(&self) -> Vec<department::Model> {
        let person_id = self.head.id;
        let row = |id: Uuid| department::Model { person_id, department_id: id };
        self.departments.iter().map(|department| row(department.uuid())).collect()
    }
}

impl Aggregate for Person {
    const KIND: &'static str = "person";
    type Root = root::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        super::load(reader, ids).await
    }

    fn root(&self) -> root::Model {
        root::Model {
            id: self.head.id,
            version: self.head.version,
            name: self.name.clone(),
            email: self.email.clone(),
            roles: text::words(&self.rights.roles),
            branches: text::ids(&self.rights.branches),
            all_branches: self.rights.all_branches,
            languages: text::words(&self.languages),
            administrator: self.is_administrator(),
            deleted_at: self.deleted_at.map(Timestamp::as_millis),
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
        }
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        rows.parts(&before.map(Self::subject_rows).unwrap_or_default(), &after.subject_rows());
        rows.parts(
            &before.map(Self::department_rows).unwrap_or_default(),
            &after.department_rows(),
        );
    }
}

impl Stored for Person {
    type Entity = root::Entity;

    fn id_column() -> root::Column {
        root::Column::Id
    }

    async fn assemble(reader: &Reader, roots: Vec<root::Model>) -> Result<Vec<Self>, StoreError> {
        let ids: Vec<Uuid> = roots.iter().map(|row| row.id).collect();
        let subjects = subject::Entity::find().filter(ids_in(subject::Column::PersonId, &ids));
        let subjects = subjects.all(reader).await?;
        let departments =
            department::Entity::find().filter(ids_in(department::Column::PersonId, &ids));
        let departments = departments.all(reader).await?;
        let people = roots.into_iter().map(|row| Self {
            head: super::head(row.id, row.version, None, row.created_at, row.updated_at),
            name: row.name,
            email: row.email,
            subjects: subjects
                .iter()
                .filter(|one| one.person_id == row.id)
                .map(|one| Subject { issuer: one.issuer_id.into(), subject: one.subject.clone() })
                .collect(),
            rights: Rights {
                roles: text::read_words(&row.roles),
                branches: text::read_ids(&row.branches),
                all_branches: row.all_branches,
            },
            departments: departments
                .iter()
                .filter(|one| one.person_id == row.id)
                .map(|one| one.department_id.into())
                .collect(),
            languages: text::read_words(&row.languages),
            deleted_at: row.deleted_at.map(Timestamp::from_millis),
        });
        Ok(people.collect())
    }
}

impl Row for root::Model {
    fn value(&self, field: &str) -> Value {
        list::value(field, self.id, "")
    }
}

pub mod root {
    //! A person.
    use sea_orm::entity::prelude::*;

    /// The person's row.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub struct Model {
        /// Their id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The aggregate's version.
        pub version: i64,
        /// Their name. Personal data.
        pub name: String,
        /// Their e-mail address. Personal data.
        pub email: String,
        /// Codes of roles, divided by spaces.
        pub roles: String,
        /// Ids of branches, divided by spaces.
        pub branches: String,
        /// Whether every branch's things are theirs.
        pub all_branches: bool,
        /// Language tags, divided by spaces.
        pub languages: String,
        /// Whether they can administer the company.
        pub administrator: bool,
        /// When they were taken out.
        pub deleted_at: Option<i64>,
        /// When they were added.
        pub created_at: i64,
        /// When they last changed.
        pub updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod subject {
    //! Who a person is to an issuer.
    use sea_orm::entity::prelude::*;

    /// One subject.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person_subject")]
    pub struct Model {
        /// The person.
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: Uuid,
        /// The issuer.
        #[sea_orm(primary_key, auto_increment = false)]
        pub issuer_id: Uuid,
        /// The `sub`. Personal data.
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod department {
    //! Where a person works.
    use sea_orm::entity::prelude::*;

    /// One department of a person.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person_department")]
    pub struct Model {
        /// The person.
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: Uuid,
        /// The department.
        #[sea_orm(primary_key, auto_increment = false)]
        pub department_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
