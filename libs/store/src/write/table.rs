//! What the generic statements need to know of an entity: its table, columns, kinds and key.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use sea_orm::sea_query::{ColumnType, Value};
use sea_orm::{ColumnTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, PrimaryKeyToColumn};

use super::sql::{self, Shape};
use crate::StoreError;

/// One table, shared by everything that writes to it.
#[derive(Debug)]
pub(crate) struct Table {
    pub name: &'static str,
    pub columns: Vec<Column>,
    /// SQL texts made so far: their number is bounded by the shapes.
    texts: Mutex<HashMap<Shape, Arc<str>>>,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub key: bool,
}

/// The portable column kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Small,
    Int,
    Long,
    Double,
    Text,
    Bytes,
    Uuid,
}

/// A row's values in the order of the table's columns, a key's in the order of its columns.
pub(crate) type Row = Vec<Value>;

/// The column whose value guards an update.
pub(crate) const VERSION: &str = "version";

impl Table {
    /// The table of an entity.
    pub fn of<E: EntityTrait>() -> Result<Arc<Self>, StoreError> {
        static TABLES: LazyLock<Mutex<HashMap<TypeId, Arc<Table>>>> = LazyLock::new(Mutex::default);
        let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.get(&TypeId::of::<E>()) {
            return Ok(Arc::clone(table));
        }
        let table = Arc::new(Self::describe::<E>()?);
        tables.insert(TypeId::of::<E>(), Arc::clone(&table));
        Ok(table)
    }

    fn describe<E: EntityTrait>() -> Result<Self, StoreError> {
        let name = E::default().table_name();
        let keys: Vec<&str> = E::PrimaryKey::iter().map(|key| key.into_column().as_str()).collect();
        let mut columns = Vec::new();
        for column in E::Column::iter() {
            let definition = column.def();
            let kind = Kind::of(definition.get_column_type()).ok_or_else(|| {
                let column = column.as_str();
                StoreError::Defect(format!("{name}.{column} is of a kind that is not portable"))
            })?;
            let name = column.as_str();
            columns.push(Column { name, kind, key: keys.contains(&name) });
        }
        Ok(Self { name, columns, texts: Mutex::default() })
    }

    /// The key's columns.
    pub fn key(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.key)
    }

    /// The statement of a shape, made once.
    pub fn sql(&self, shape: Shape) -> Arc<str> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(texts.entry(shape).or_insert_with(|| sql::text(self, shape).into()))
    }
}

/// A model's values in the order of its table's columns.
pub(crate) fn row_of<M: ModelTrait>(model: &M) -> Row {
    <M::Entity as EntityTrait>::Column::iter().map(|column| model.get(column)).collect()
}

impl Kind {
    fn of(column: &ColumnType) -> Option<Self> {
        Some(match column {
            ColumnType::Boolean => Self::Bool,
            ColumnType::SmallInteger => Self::Small,
            ColumnType::Integer => Self::Int,
            ColumnType::BigInteger => Self::Long,
            ColumnType::Double => Self::Double,
            ColumnType::Text | ColumnType::String(_) => Self::Text,
            ColumnType::Blob | ColumnType::Binary(_) | ColumnType::VarBinary(_) => Self::Bytes,
            ColumnType::Uuid => Self::Uuid,
            _ => return None,
        })
    }

    /// The PostgreSQL array type that carries a column of this kind.
    pub fn array(self) -> &'static str {
        match self {
            Self::Bool => "bool[]",
            Self::Small => "int2[]",
            Self::Int => "int4[]",
            Self::Long => "int8[]",
            Self::Double => "float8[]",
            Self::Text => "text[]",
            Self::Bytes => "bytea[]",
            Self::Uuid => "uuid[]",
        }
    }
}
