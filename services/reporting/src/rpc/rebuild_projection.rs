//! RebuildProjection: notes that a rebuild is to be made; the loop in `rebuilding` makes it.

use kefu_api_common::wire;
use kefu_api_reporting::v1::{Projection, ProjectionState, RebuildProjectionRequest};
use kefu_kernel::Call;
use kefu_outbox::live_generation;
use kefu_store::runner::{Command, Needs, RunError, Work};

use crate::domain::Rebuild;
use crate::{Error, Reporting};

/// The kind of the natural key that names a projection's record.
const KEY: &str = "projection";

pub async fn run(
    reporting: &Reporting,
    call: Call,
    request: RebuildProjectionRequest,
) -> Result<Projection, RunError<Error>> {
    let refused = RunError::Refused;
    let projected = reporting.projected(&request.projection);
    let projected =
        projected.ok_or_else(|| refused(Error::UnknownProjection(request.projection.clone())))?;
    let live = live_generation(&reporting.store, &request.projection).await;
    let command = StartRebuild {
        name: request.projection,
        source: projected.projection.source(),
        live: live.map_err(|error| refused(error.into()))?,
    };
    Ok(reporting.runner.run(call, command).await?.reply)
}

struct StartRebuild {
    name: String,
    source: &'static str,
    live: i32,
}

impl Command for StartRebuild {
    type Reply = Projection;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        needs.key::<Rebuild>(KEY, &self.name);
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Projection, Error> {
        let record = match work.key(KEY, &self.name) {
            Some(id) => work.get::<Rebuild>(id)?.as_ref().clone(),
            None => {
                let id = work.new_id();
                work.claim(KEY, &self.name, id)?;
                Rebuild::new(id, &self.name, work.now())
            }
        };
        let started = record.start(self.live + 1, work.now());
        let (record, events) = started.ok_or_else(|| Error::RebuildRunning(self.name.clone()))?;
        let record = work.save(record, events);
        Ok(Projection {
            name: self.name.clone(),
            source: self.source.to_owned(),
            state: ProjectionState::Rebuilding.into(),
            generation: self.live,
            rebuild: Some(kefu_api_reporting::v1::Rebuild {
                generation: record.generation,
                started_at: Some(wire::timestamp(record.started_at)),
                ..Default::default()
            }),
            ..Projection::default()
        })
    }
}
