//! Migrations: what a service's tables are, and bringing a database to it.
//!
//! A migration is a name and a function that writes statements, the same for both backends where they
//! agree. Each runs in its own transaction, once, in the order of the list; the tables that every
//! service has come first. On PostgreSQL replicas that start together take turns by an advisory lock.

mod base;
mod schema;

use sea_orm::{ConnectionTrait, EntityName, EntityTrait};
use sea_orm_migration::{
    DbErr, MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager, async_trait,
    seaql_migrations,
};
use sqlx::{ConnectOptions, PgConnection};

pub use self::schema::Schema;
use crate::connect::Pools;
use crate::{Store, StoreError};

/// Column and table helpers for migrations: `text("name")` is NOT NULL, `text_null("name")` is not.
/// Only the portable kinds: no decimal, no timestamp, no JSON, no array.
pub mod columns {
    pub use sea_orm_migration::schema::{
        big_integer, big_integer_null, blob, blob_null, boolean, double, double_null, integer,
        integer_null, small_integer, small_integer_null, text, text_null, uuid, uuid_null,
    };
    pub use sea_orm_migration::sea_query::{Index, Table};
}

/// One step of a schema. Steps that were released are never changed.
#[derive(Clone, Copy)]
pub struct Migration {
    /// Unique in the database, `<service>_<number>_<what>`.
    pub name: &'static str,
    /// Writes its statements.
    pub up: fn(&mut Schema),
}

impl Store {
    /// Brings the database to `migrations`, after the tables that every service has. Refuses one
    /// that a newer version has migrated.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<(), StoreError> {
        let migrator = Migrator::new(migrations);
        let turn = self.take_turn().await?;
        let connection = self.shared.pools.for_migrations();
        self.refuse_newer(&migrator).await?;
        migrator.up(&connection, None).await.map_err(StoreError::from)?;
        drop(turn);
        Ok(())
    }

    /// Checks that the database is at `migrations`, neither before nor after, and changes nothing.
    pub async fn check_migrated(&self, migrations: &[Migration]) -> Result<(), StoreError> {
        let migrator = Migrator::new(migrations);
        self.refuse_newer(&migrator).await?;
        let connection = self.shared.pools.for_migrations();
        let missing: Vec<String> = migrator
            .get_pending_migrations_read_only(&connection)
            .await?
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(StoreError::SchemaOlder(missing)) }
    }

    async fn refuse_newer(&self, migrator: &Migrator) -> Result<(), StoreError> {
        let connection = self.shared.pools.for_migrations();
        if !SchemaManager::new(&connection).has_table(seaql_migrations::Entity.table_name()).await?
        {
            return Ok(());
        }
        let applied = seaql_migrations::Entity::find().all(&connection).await?;
        let unknown: Vec<String> = applied
            .into_iter()
            .map(|model| model.version)
            .filter(|name| migrator.0.iter().all(|known| known.name != name))
            .collect();
        if unknown.is_empty() { Ok(()) } else { Err(StoreError::SchemaNewer(unknown)) }
    }

    /// On PostgreSQL the connection that holds the schema's advisory lock until it is dropped; the
    /// schema is made where it is missing and the role may.
    async fn take_turn(&self) -> Result<Option<PgConnection>, StoreError> {
        let Pools::Postgres { options, .. } = &self.shared.pools else { return Ok(None) };
        let schema = self.shared.config.schema();
        let mut connection = options.connect().await?;
        sqlx::query("SET lock_timeout = '60s'").execute(&mut connection).await?;
        sqlx::query("SELECT pg_advisory_lock(hashtextextended('kefu-migrate:' || $1, 0))")
            .bind(schema)
            .execute(&mut connection)
            .await?;
        let exists: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)")
                .bind(schema)
                .fetch_one(&mut connection)
                .await?;
        if !exists {
            let create = format!("CREATE SCHEMA \"{}\"", schema.replace('"', "\"\""));
            sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.map_err(
                |reason| {
                    StoreError::Unsuitable(format!(
                        "schema {schema} is missing and this role may not make it ({reason}): \
                         CREATE SCHEMA {schema} AUTHORIZATION <role>"
                    ))
                },
            )?;
        }
        Ok(Some(connection))
    }
}

/// All migrations of one database, in order.
struct Migrator(Vec<Migration>);

impl Migrator {
    fn new(migrations: &[Migration]) -> Self {
        Self(base::MIGRATIONS.iter().chain(migrations).copied().collect())
    }
}

#[async_trait::async_trait]
impl MigratorTraitSelf for Migrator {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        self.0.iter().map(|step| Box::new(Step(*step)) as Box<dyn MigrationTrait>).collect()
    }
}

struct Step(Migration);

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.0.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    #[expect(elided_lifetimes_in_paths, reason = "the trait's method elides them too")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut schema = Schema::new(manager.get_database_backend());
        (self.0.up)(&mut schema);
        for statement in schema.into_statements() {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// What the tables that every service has are made with, for tests of single statements.
#[cfg(test)]
pub(crate) fn statements_of_base(backend: sea_orm::DbBackend) -> Vec<String> {
    let mut schema = Schema::new(backend);
    base::MIGRATIONS.iter().for_each(|migration| (migration.up)(&mut schema));
    schema.into_statements()
}
