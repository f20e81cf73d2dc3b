//! Rows to be written, gathered per table from all commands of a batch.

use std::sync::Arc;

use sea_orm::{EntityTrait, ModelTrait, PrimaryKeyTrait};

use crate::StoreError;
use crate::write::table::{Row, Table, row_of};
use crate::write::{guarded, key_of};

/// Collects rows; each table is written with one statement per verb.
#[derive(Default)]
pub struct Rows {
    tables: Vec<TableRows>,
    defect: Option<StoreError>,
}

/// What happens to one table.
pub(crate) struct TableRows {
    pub table: Arc<Table>,
    /// Roots of aggregates that must not exist.
    pub new_roots: Vec<Row>,
    /// Roots of aggregates, each with the version that must be there.
    pub changed_roots: Vec<Row>,
    pub delete: Vec<Row>,
    pub put: Vec<Row>,
    pub insert: Vec<Row>,
}

impl Rows {
    /// Inserts a row that is never changed again; one whose key is taken fails the command.
    pub fn insert<M: ModelTrait>(&mut self, model: &M) {
        if let Some(rows) = self.of::<M::Entity>() {
            rows.insert.push(row_of(model));
        }
    }

    /// Inserts or replaces a row by primary key.
    pub fn put<M: ModelTrait>(&mut self, model: &M) {
        if let Some(rows) = self.of::<M::Entity>() {
            rows.put.push(row_of(model));
        }
    }

    /// Deletes a row by primary key.
    pub fn delete<E: EntityTrait>(&mut self, key: <E::PrimaryKey as PrimaryKeyTrait>::ValueType) {
        if let Some(rows) = self.of::<E>() {
            rows.delete.push(key_of::<E>(key));
        }
    }

    /// What leads from the rows `before` to the rows `after`, by primary key: deletes what is gone,
    /// puts what is new or different, leaves what is the same.
    pub fn parts<M: ModelTrait>(&mut self, before: &[M], after: &[M]) {
        let Some(rows) = self.of::<M::Entity>() else { return };
        let key = |row: &Row| -> Row {
            let columns = rows.table.columns.iter().zip(row);
            columns.filter(|(column, _)| column.key).map(|(_, value)| value.clone()).collect()
        };
        let before: Vec<(Row, Row)> =
            before.iter().map(row_of).map(|row| (key(&row), row)).collect();
        let after: Vec<(Row, Row)> = after.iter().map(row_of).map(|row| (key(&row), row)).collect();
        for (gone, _) in
            before.iter().filter(|(key, _)| after.iter().all(|(other, _)| other != key))
        {
            rows.delete.push(gone.clone());
        }
        rows.put.extend(after.into_iter().filter(|row| !before.contains(row)).map(|(_, row)| row));
    }

    /// The root of an aggregate: new, or replacing the `version` that was loaded.
    pub(crate) fn root<M: ModelTrait>(&mut self, model: &M, version: Option<i64>) {
        let Some(rows) = self.of::<M::Entity>() else { return };
        match version {
            None => rows.new_roots.push(row_of(model)),
            Some(version) => rows.changed_roots.push(guarded(row_of(model), version)),
        }
    }

    /// Adds what another collection holds.
    pub(crate) fn merge(&mut self, other: Self) {
        self.defect = self.defect.take().or(other.defect);
        for more in other.tables {
            let rows = self.of_table(&more.table);
            rows.new_roots.extend(more.new_roots);
            rows.changed_roots.extend(more.changed_roots);
            rows.delete.extend(more.delete);
            rows.put.extend(more.put);
            rows.insert.extend(more.insert);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.defect.is_none()
    }

    /// The tables, roots' order made the same for all processes so that they do not wait in circles.
    pub(crate) fn into_tables(self) -> Result<Vec<TableRows>, StoreError> {
        match self.defect {
            Some(defect) => Err(defect),
            None => Ok(self.tables),
        }
    }

    fn of<E: EntityTrait>(&mut self) -> Option<&mut TableRows> {
        match Table::of::<E>() {
            Ok(table) => Some(self.of_table(&table)),
            Err(defect) => {
                self.defect.get_or_insert(defect);
                None
            }
        }
    }

    fn of_table(&mut self, table: &Arc<Table>) -> &mut TableRows {
        let known = self.tables.iter().position(|rows| Arc::ptr_eq(&rows.table, table));
        let index = known.unwrap_or_else(|| {
            self.tables.push(TableRows {
                table: Arc::clone(table),
                new_roots: Vec::new(),
                changed_roots: Vec::new(),
                delete: Vec::new(),
                put: Vec::new(),
                insert: Vec::new(),
            });
            self.tables.len() - 1
        });
        &mut self.tables[index]
    }
}
