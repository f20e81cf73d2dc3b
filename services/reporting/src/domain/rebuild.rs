//! The record of a projection's rebuilds. One at a time; a rebuild that was begun is carried to its
//! end by whichever process is there, so its beginning and end are events.

use kefu_api_events::event;
use kefu_api_events::v1::{ProjectionRebuildFailed, ProjectionRebuildStarted, ProjectionRebuilt};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Head, NewEvent, Timestamp, id_type};

id_type!(
    /// A projection's record.
    ProjectionId,
    "projection"
);

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildState {
    /// Nothing.
    Idle,
    /// The next generation is being built.
    Running,
}

/// The record of one projection's rebuilds.
#[derive(Clone, Debug, PartialEq)]
pub struct Rebuild {
    /// Identity and version.
    pub head: Head,
    /// The projection's name.
    pub name: String,
    /// What is being done.
    pub state: RebuildState,
    /// The generation built last, or now.
    pub generation: i32,
    /// When the last rebuild began.
    pub started_at: Timestamp,
}

impl Rebuild {
    /// The record of a projection that was never rebuilt.
    pub fn new(id: Uuid, name: &str, now: Timestamp) -> Self {
        Self {
            head: Head::new(id, None, now),
            name: name.to_owned(),
            state: RebuildState::Idle,
            generation: 1,
            started_at: now,
        }
    }

    /// Begins to build `generation`; none where a rebuild is running.
    pub fn start(&self, generation: i32, now: Timestamp) -> Option<(Self, Vec<NewEvent>)> {
        if self.state == RebuildState::Running {
            return None;
        }
        let after =
            Self { state: RebuildState::Running, generation, started_at: now, ..self.clone() };
        let payload = ProjectionRebuildStarted {
            projection_id: after.id(),
            name: after.name.clone(),
            generation,
        };
        Some((after, vec![event(&payload, ["state", "generation"])]))
    }

    /// The generation is built and live, from `events` events, without the `dropped` ones that are no
    /// longer kept. Finished twice, it says nothing.
    pub fn finish(&self, events: i64, dropped: i64) -> (Self, Vec<NewEvent>) {
        if self.state == RebuildState::Idle {
            return (self.clone(), Vec::new());
        }
        let after = Self { state: RebuildState::Idle, ..self.clone() };
        let payload = ProjectionRebuilt {
            projection_id: after.id(),
            name: after.name.clone(),
            generation: after.generation,
            events,
            dropped_events: dropped,
        };
        (after, vec![event(&payload, ["state"])])
    }

    /// The rebuild was given up; the live generation goes on.
    pub fn give_up(&self) -> (Self, Vec<NewEvent>) {
        if self.state == RebuildState::Idle {
            return (self.clone(), Vec::new());
        }
        let after = Self { state: RebuildState::Idle, ..self.clone() };
        let payload = ProjectionRebuildFailed {
            projection_id: after.id(),
            name: after.name.clone(),
            generation: after.generation,
        };
        (after, vec![event(&payload, ["state"])])
    }

    fn id(&self) -> String {
        ProjectionId::from(self.head.id).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rebuild_runs_at_a_time() {
        let now = Timestamp::from_millis(1);
        let idle = Rebuild::new(Uuid::from_u128(1), "live_board", now);
        let (running, events) = idle.start(2, now).expect("it is idle");
        assert_eq!(events.len(), 1);
        assert!(running.start(3, now).is_none());
        let (done, events) = running.finish(10, 0);
        assert_eq!((done.state, events.len()), (RebuildState::Idle, 1));
        assert!(done.finish(10, 0).1.is_empty(), "finished twice, it says nothing");
        assert!(done.start(3, now).is_some());
        assert_eq!(running.give_up().0.state, RebuildState::Idle);
    }
}
