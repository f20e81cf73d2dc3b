//! What every service knows of the directory: who and what there is, which permissions roles hold, and
//! by which calendars people work. Folded from the gateway's events; names are not among it.
//!
//! A service makes it with [`Directory::of`] and adds it to its parts with
//! [`Parts::directory`](crate::Parts::directory). References are checked (`know_person`, `know_department`,
//! `know_branch`) against the folded rows; only one that is not there yet is asked of the gateway, before
//! the transaction.

mod calendars;
mod fold;
mod lookup;
mod references;
pub mod table;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use kefu_api_events::v1::{BranchFacts, CalendarFacts, RoleFacts};
use kefu_kernel::directory::BranchId;
use kefu_kernel::{Calendar, Calendars, Fault, FaultKind, FieldViolation, UnknownReference};
use kefu_outbox::{Folds, OutboxError};
use kefu_rpc::{Endpoint, RoleTable, Roles};
use kefu_store::{Store, StoreError};
use prost::Message;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio_util::sync::CancellationToken;

use self::fold::DirectoryFold;
pub(crate) use self::fold::{NAME, SOURCE};
pub use self::references::{References, only_department};
pub use self::table::MIGRATIONS;

use crate::service::Context;

/// The role of [`kefu_kernel::Principal::service`].
const SERVICE_ROLE: &str = "service";

/// The directory as one service knows it. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    store: Store,
    gateway: Endpoint,
    roles: Roles,
    /// What the process started with. A folded role replaces its own; the role of Kefu's services, which
    /// no row has, stays.
    first: Arc<RoleTable>,
    /// The company's calendar as it is configured: holds while the directory has not told of one.
    company: Calendar,
    calendars: Arc<ArcSwap<Calendars>>,
}

/// A reference names nothing, or the directory could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// What a request refers to is not there, or not for this caller.
    #[error(transparent)]
    Unknown(#[from] UnknownReference),
    /// The folded rows.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// How far the fold has come could not be read.
    #[error(transparent)]
    Folds(#[from] OutboxError),
    /// The gateway, of whom a row was asked that is not folded yet.
    #[error("the directory does not answer")]
    Gateway(#[source] Box<tonic::Status>),
    /// What was folded does not fit together: a defect.
    #[error("defect: the directory holds {0}")]
    Broken(String),
}

impl Fault for DirectoryError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Unknown(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Folds(error) => error.kind(),
            Self::Gateway(_) => FaultKind::Unavailable,
            Self::Broken(_) => FaultKind::Bug,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Unknown(error) => error.reason(),
            Self::Store(error) => error.reason(),
            Self::Folds(error) => error.reason(),
            Self::Gateway(_) => "DEPENDENCY_UNAVAILABLE",
            Self::Broken(_) => "INTERNAL",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unknown(error) => error.metadata(),
            _ => Vec::new(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Unknown(error) => error.field_violations(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Gateway(_)).then_some(Duration::from_millis(500))
    }
}

impl From<sea_orm::DbErr> for DirectoryError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl Directory {
    /// The directory of a service that starts: what was folded before is known at once.
    ///
    /// # Errors
    ///
    /// Where the company's configured hours are none, or the folded rows cannot be read.
    pub async fn of(context: &Context) -> anyhow::Result<Self> {
        let company = context.config.company.calendar().map_err(anyhow::Error::msg)?;
        let gateway = context.endpoint("gateway")?;
        let first = context.roles.table();
        let directory = Self {
            store: context.store.clone(),
            gateway,
            first,
            roles: context.roles.clone(),
            calendars: Arc::new(ArcSwap::from_pointee(Calendars::new(company.clone()))),
            company,
        };
        directory.refresh().await?;
        Ok(directory)
    }

    /// What keeps the folded rows.
    pub(crate) fn projection(&self) -> DirectoryFold {
        DirectoryFold
    }

    /// The calendars as they are known now, for one decision or reading.
    pub fn calendars(&self) -> Arc<Calendars> {
        self.calendars.load_full()
    }

    /// The roles that it keeps.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// Keeps roles and calendars as the directory tells, until `cancel`.
    pub(crate) async fn run(self, cancel: CancellationToken) {
        let mut folds = Folds::of(&self.store, NAME);
        while let Some(changed) = cancel.run_until_cancelled(folds.changed()).await {
            let read = match changed {
                Ok(()) => self.refresh().await,
                Err(error) => Err(error.into()),
            };
            if let Err(error) = read {
                folds.again();
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "roles and calendars stay as they were");
            }
        }
    }

    async fn refresh(&self) -> Result<(), DirectoryError> {
        self.read_roles().await?;
        self.read_calendars().await
    }

    async fn read_roles(&self) -> Result<(), DirectoryError> {
        let mut table = (*self.first).clone();
        for row in self.rows(table::ROLE).await? {
            let facts = facts::<RoleFacts>(&row)?;
            table.insert(facts.code, facts.permissions.into_iter().collect());
        }
        // Until the directory has told of roles, those of the start hold.
        if table.is_empty() {
            return Ok(());
        }
        // The role of Kefu's own services is no data: the directory does not tell of it.
        let present = self.roles.table();
        if let Some(held) = present.get(SERVICE_ROLE) {
            table.insert(SERVICE_ROLE.to_owned(), held.clone());
        }
        if *present != table {
            self.roles.replace(table);
        }
        Ok(())
    }

    async fn read_calendars(&self) -> Result<(), DirectoryError> {
        let mut calendars = Calendars::new(self.company.clone());
        // Of each calendar the last row is its present state: rows come by id and revision.
        let mut present = std::collections::BTreeMap::new();
        for row in self.rows(table::CALENDAR).await? {
            let facts = facts::<CalendarFacts>(&row)?;
            present.insert(row.id, (facts.code.clone(), facts.is_default));
            calendars.add(calendars::calendar(facts)?);
        }
        let mut of_branches = Vec::new();
        for row in self.rows(table::BRANCH).await? {
            let facts = facts::<BranchFacts>(&row)?;
            let calendar = kefu_kernel::id::split(&facts.calendar_id);
            if let Some((code, _)) = calendar.and_then(|(_, id)| present.get(&id)) {
                of_branches.push((BranchId::from(row.id), code.clone()));
            }
        }
        calendars.assign(of_branches);
        if let Some((code, _)) = present.into_values().find(|(_, is_default)| *is_default) {
            calendars.make_company(&code);
        }
        self.calendars.store(Arc::new(calendars));
        Ok(())
    }

    async fn rows(&self, kind: &str) -> Result<Vec<table::Model>, DirectoryError> {
        use sea_orm::QueryOrder;
        let rows = table::Entity::find()
            .filter(table::Column::Kind.eq(kind))
            .order_by_asc(table::Column::Id)
            .order_by_asc(table::Column::Revision);
        Ok(rows.all(self.store.reader()).await?)
    }
}

/// A row's facts.
fn facts<F: Message + Default>(row: &table::Model) -> Result<F, DirectoryError> {
    F::decode(row.facts.as_slice()).map_err(|error| {
        DirectoryError::Broken(format!("a {} that does not decode: {error}", row.kind))
    })
}
