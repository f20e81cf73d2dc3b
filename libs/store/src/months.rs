//! Months of the event log, and on PostgreSQL the partition of each.
//!
//! A partition is made ahead of its month, or when it is first needed: as a table of its own that is then
//! attached, which does not block readers or writers of the months that exist. Where it cannot be made,
//! events go to a default partition, and from there to their month as soon as that is made: no insert
//! fails for want of a month.

use std::sync::PoisonError;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kefu_kernel::Timestamp;
use sqlx::{Connection, PgConnection};

use crate::connect::Pools;
use crate::{Store, StoreError};

impl Store {
    /// Makes sure that events recorded at `at` have a place in their month. Free when it is known already.
    pub async fn ensure_month(&self, at: Timestamp) -> Result<(), StoreError> {
        let month = Month::of(at)?;
        if self.knows(month) {
            return Ok(());
        }
        self.make_month(month).await
    }

    /// Makes the present month and the next one, and tells how many events have none.
    pub async fn prepare_months(&self, now: Timestamp) -> Result<u64, StoreError> {
        let month = Month::of(now)?;
        for month in [month, month.later(1)?] {
            self.make_month(month).await?;
        }
        let Pools::Postgres { reader, .. } = &self.shared.pools else { return Ok(0) };
        let unplaced: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM event_default").fetch_one(reader).await?;
        Ok(u64::try_from(unplaced).unwrap_or_default())
    }

    /// Drops the partitions of months that end by `before`, and tells how many those were.
    pub async fn drop_months(&self, before: Timestamp) -> Result<usize, StoreError> {
        let Pools::Postgres { writer, .. } = &self.shared.pools else { return Ok(0) };
        let mut connection = writer.acquire().await?;
        let months: Vec<String> = sqlx::query_scalar(
            "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
             WHERE i.inhparent = to_regclass($1) ORDER BY c.relname",
        )
        .bind(format!("\"{}\".event", self.shared.config.schema()))
        .fetch_all(&mut *connection)
        .await?;
        let mut dropped = 0;
        for month in months.iter().filter_map(|table| Month::of_table(table)) {
            if month.end()? <= before {
                self.forget(month);
                // A moment in which nobody else may use the table: given up where it does not come soon.
                let sql = format!("DROP TABLE {}", month.table());
                sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *connection).await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    async fn make_month(&self, month: Month) -> Result<(), StoreError> {
        let Pools::Postgres { writer, .. } = &self.shared.pools else { return Ok(()) };
        let mut connection = writer.acquire().await?;
        let mut transaction = connection.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('kefu-month:' || $1, 0))")
            .bind(self.shared.config.schema())
            .execute(&mut *transaction)
            .await?;
        let exists: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
            .bind(format!("\"{}\".{}", self.shared.config.schema(), month.table()))
            .fetch_one(&mut *transaction)
            .await?;
        if !exists {
            attach(&mut transaction, month).await?;
        }
        transaction.commit().await?;
        let mut months = self.shared.months.lock().unwrap_or_else(PoisonError::into_inner);
        months.insert(month.number());
        Ok(())
    }

    fn knows(&self, month: Month) -> bool {
        let Pools::Postgres { .. } = &self.shared.pools else { return true };
        let months = self.shared.months.lock().unwrap_or_else(PoisonError::into_inner);
        months.contains(&month.number())
    }

    fn forget(&self, month: Month) {
        let mut months = self.shared.months.lock().unwrap_or_else(PoisonError::into_inner);
        months.remove(&month.number());
    }
}

/// Makes a month's partition, with what the default one holds of it.
async fn attach(transaction: &mut PgConnection, month: Month) -> Result<(), StoreError> {
    let (table, from, to) = (month.table(), month.start()?.as_millis(), month.end()?.as_millis());
    let within = format!("recorded_at >= {from} AND recorded_at < {to}");
    let unplaced = format!("SELECT EXISTS (SELECT FROM event_default WHERE {within})");
    let unplaced: bool =
        sqlx::query_scalar(sqlx::AssertSqlSafe(unplaced)).fetch_one(&mut *transaction).await?;
    let mut statements = vec![format!("CREATE TABLE {table} (LIKE event INCLUDING ALL)")];
    if unplaced {
        statements.push("LOCK TABLE event_default IN ACCESS EXCLUSIVE MODE".to_owned());
        statements.push(format!(
            "WITH moved AS (DELETE FROM event_default WHERE {within} RETURNING *) \
             INSERT INTO {table} SELECT * FROM moved"
        ));
    }
    statements.push(format!(
        "ALTER TABLE event ATTACH PARTITION {table} FOR VALUES FROM ({from}) TO ({to})"
    ));
    for statement in statements {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *transaction).await?;
    }
    Ok(())
}

/// A month in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month(Date);

impl Month {
    /// The one in which `at` lies.
    pub fn of(at: Timestamp) -> Result<Self, StoreError> {
        let instant = jiff::Timestamp::from_millisecond(at.as_millis())
            .map_err(|_| StoreError::Defect(format!("{at} has no month")))?;
        Ok(Self(instant.to_zoned(TimeZone::UTC).date().first_of_month()))
    }

    /// The one that is `months` later; earlier where negative.
    pub fn later(self, months: i32) -> Result<Self, StoreError> {
        let later = self.0.checked_add(months.months());
        later.map(Self).map_err(|_| self.out_of_range())
    }

    /// Its first instant.
    pub fn start(self) -> Result<Timestamp, StoreError> {
        let zoned = self.0.to_zoned(TimeZone::UTC).map_err(|_| self.out_of_range())?;
        Ok(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
    }

    /// The first instant after it.
    pub fn end(self) -> Result<Timestamp, StoreError> {
        self.later(1)?.start()
    }

    fn of_table(table: &str) -> Option<Self> {
        let (year, month) = table.strip_prefix("event_")?.split_once('_')?;
        Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok().map(Self)
    }

    fn number(self) -> i32 {
        i32::from(self.0.year()) * 12 + i32::from(self.0.month())
    }

    fn table(self) -> String {
        format!("event_{:04}_{:02}", self.0.year(), self.0.month())
    }

    fn out_of_range(self) -> StoreError {
        StoreError::Defect(format!("{} is out of range", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let december = Month::of(Timestamp::from_millis(1_798_761_599_999)).unwrap();
        assert_eq!(december.table(), "event_2026_12");
        assert_eq!(Month::of_table(&december.table()), Some(december));
        assert_eq!(december.start().unwrap().as_millis(), 1_796_083_200_000);
        assert_eq!(december.end().unwrap().as_millis(), 1_798_761_600_000);
        assert_eq!(december.later(1).unwrap().table(), "event_2027_01");
        assert_eq!(december.later(-12).unwrap().table(), "event_2025_12");
    }

    #[test]
    fn the_default_partition_is_no_month() {
        assert_eq!(Month::of_table("event_default"), None);
        assert_eq!(Month::of_table("event_pending"), None);
    }
}
