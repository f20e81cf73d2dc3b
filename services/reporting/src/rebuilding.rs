//! Carrying out the rebuilds that were asked for. What was begun is found in the records after a
//! restart, and goes on where its checkpoints are.

use std::sync::Arc;

use kefu_kernel::Call;
use kefu_outbox::{OutboxError, rebuild};
use kefu_store::Topic;
use kefu_store::runner::{RunError, Target};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio_util::sync::CancellationToken;

use crate::domain::Rebuild;
use crate::store::rebuild::{Column, Entity, Model};
use crate::{Error, Projected, Reporting};

/// The loop. Cheap to clone.
#[derive(Clone)]
pub struct Rebuilding {
    reporting: Arc<Reporting>,
    holder: String,
}

impl Rebuilding {
    /// Carries out rebuilds in the name of `holder`.
    pub fn new(reporting: Arc<Reporting>, holder: &str) -> Self {
        Self { reporting, holder: holder.to_owned() }
    }

    /// Runs until `cancel`.
    pub async fn run(self, cancel: CancellationToken) {
        // A record's change is an event.
        let mut recorded = self.reporting.store.committed(Topic::Events);
        while cancel.run_until_cancelled(recorded.wait()).await.is_some() {
            let work = async {
                for record in self.begun().await? {
                    self.carry_out(&record).await?;
                }
                Ok::<(), Error>(())
            };
            match cancel.run_until_cancelled(work).await {
                // Another process is at it, or its log is away: looked at again.
                Some(Err(Error::Outbox(OutboxError::Fenced))) | None | Some(Ok(())) => {}
                Some(Err(error)) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "a rebuild is interrupted and goes on later");
                }
            }
        }
    }

    async fn begun(&self) -> Result<Vec<Model>, Error> {
        let begun = Entity::find().filter(Column::Running.eq(true));
        Ok(begun.all(self.reporting.store.reader()).await?)
    }

    async fn carry_out(&self, record: &Model) -> Result<(), Error> {
        let Some(Projected { projection, source }) = self.reporting.projected(&record.name) else {
            return self.end(record, |record| record.give_up()).await;
        };
        let mut told = kefu_outbox::Progress::default();
        let tell = |progress: kefu_outbox::Progress| told = progress;
        let store = &self.reporting.store;
        rebuild(store, projection, source.as_ref(), &self.holder, tell).await?;
        let (events, unseen) = (told.folded, told.unseen);
        tracing::info!(projection = record.name, events, unseen, "a projection was rebuilt");
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (events, unseen) = (count(events), count(unseen));
        self.end(record, move |record| record.finish(events, unseen)).await
    }

    async fn end(
        &self,
        record: &Model,
        rule: impl Fn(&Rebuild) -> (Rebuild, Vec<kefu_kernel::NewEvent>) + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let call = Call::internal("reporting", "task:rebuild");
        let target = Target::of(record.id);
        let done = self
            .reporting
            .runner
            .change(call, target, move |found: &Rebuild, _| Ok(rule(found)), |_| ())
            .await;
        match done {
            Ok(_) => Ok(()),
            Err(RunError::Refused(error)) => Err(error),
            Err(RunError::Runner(error)) => {
                Err(OutboxError::Broken(format!("a rebuild's end was not recorded: {error}"))
                    .into())
            }
        }
    }
}
