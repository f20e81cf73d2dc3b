//! PostgreSQL partitions of the event log, one per month of recording, made when first needed.
//!
//! A partition is made as a table of its own and then attached, which does not block readers or
//! writers of the months that exist.

use std::sync::PoisonError;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kefu_kernel::Timestamp;
use sqlx::Connection;

use crate::connect::Pools;
use crate::{Store, StoreError};

impl Store {
    /// Makes sure that events recorded at `at` have a place. Free when it is known already.
    pub async fn ensure_month(&self, at: Timestamp) -> Result<(), StoreError> {
        let Pools::Postgres { writer, .. } = &self.shared.pools else { return Ok(()) };
        let month = Month::of(at)?;
        let known = |shared: &crate::store::Shared| {
            shared.months.lock().unwrap_or_else(PoisonError::into_inner).contains(&month.number())
        };
        if known(&self.shared) {
            return Ok(());
        }
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
            for statement in month.statements()? {
                sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
        let mut months = self.shared.months.lock().unwrap_or_else(PoisonError::into_inner);
        months.insert(month.number());
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Month(Date);

impl Month {
    /// The month in UTC.
    fn of(at: Timestamp) -> Result<Self, StoreError> {
        let instant = jiff::Timestamp::from_millisecond(at.as_millis())
            .map_err(|_| StoreError::Defect(format!("{at} has no month")))?;
        Ok(Self(instant.to_zoned(TimeZone::UTC).date().first_of_month()))
    }

    fn number(self) -> i32 {
        i32::from(self.0.year()) * 12 + i32::from(self.0.month())
    }

    fn table(self) -> String {
        format!("event_{:04}_{:02}", self.0.year(), self.0.month())
    }

    fn statements(self) -> Result<[String; 2], StoreError> {
        let end = self.0.last_of_month().tomorrow();
        let (Some(from), Some(to)) = (start_ms(self.0), end.ok().and_then(start_ms)) else {
            return Err(StoreError::Defect(format!("{} is out of range", self.0)));
        };
        let table = self.table();
        Ok([
            format!("CREATE TABLE {table} (LIKE event INCLUDING ALL)"),
            format!(
                "ALTER TABLE event ATTACH PARTITION {table} FOR VALUES FROM ({from}) TO ({to})"
            ),
        ])
    }
}

fn start_ms(day: Date) -> Option<i64> {
    day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let december = Month::of(Timestamp::from_millis(1_798_761_599_999)).unwrap();
        assert_eq!(december.table(), "event_2026_12");
        let [_, attach] = december.statements().unwrap();
        assert!(attach.ends_with("FROM (1796083200000) TO (1798761600000)"), "{attach}");
    }
}
