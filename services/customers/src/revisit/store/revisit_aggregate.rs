//! A revisit and its rows: one statement per table to load, only what changed to write.

use std::collections::{BTreeMap, HashMap};

use kefu_api_events::Channel;
use kefu_kernel::{Head, Id, Timestamp};
use kefu_store::row::{broken, instant, millis};
use kefu_store::runner::{Aggregate, Personal, Rows, ids_in};
use kefu_store::{Reader, StoreError};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{answer, attempt, opinion, promise, revisit};
use crate::domain::ids::{CustomerId, DepartmentId, PersonId};
use crate::revisit::domain::words::{Occasion, OpinionKind, Outcome, State, Verdict};
use crate::revisit::domain::{
    Attempt, CalendarOf, DepartmentAnswer, Handlers, Opinion, Promise, Revisit, ScriptOf,
};

/// The timer of what passes by itself.
pub const TIMER: &str = "revisit";

impl Aggregate for Revisit {
    const KIND: &'static str = "revisit";
    type Root = revisit::Model;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self>, StoreError> {
        let roots =
            revisit::Entity::find().filter(ids_in(revisit::Column::Id, ids)).all(reader).await?;
        with_parts(reader, roots).await
    }

    fn root(&self) -> revisit::Model {
        let answer = self.department_answer.as_ref();
        revisit::Model {
            id: self.head.id,
            version: self.head.version,
            branch_id: self.head.branch,
            created_at: self.head.created_at.as_millis(),
            updated_at: self.head.updated_at.as_millis(),
            customer_id: self.customer.uuid(),
            policy: self.policy.clone(),
            policy_version: self.policy_version,
            script_policy: self.script.as_ref().map(|script| script.policy.clone()),
            script_version: self.script.as_ref().map_or(0, |script| script.version),
            max_attempts: self.max_attempts.into(),
            occasion: self.occasion.to_wire(),
            occasion_at: self.occasion_at.as_millis(),
            calendar: self.calendar.code.clone(),
            calendar_revision: i32::try_from(self.calendar.revision).unwrap_or(i32::MAX),
            subject_id: self.subject.clone(),
            episode: self.episode,
            department_id: self.department.map(Id::uuid),
            handler_id: self.handlers.handler.map(Id::uuid),
            owner_id: self.handlers.owner.map(Id::uuid),
            state: self.state.to_wire(),
            assignee_id: self.assignee.map(Id::uuid),
            opens_at: self.opens_at.as_millis(),
            due_at: self.due_at.as_millis(),
            first_due_at: self.first_due_at.as_millis(),
            next_attempt_at: millis(self.next_attempt_at),
            breached_at: millis(self.breached_at),
            reached_at: millis(self.reached_at),
            verdict: self.verdict.map_or(0, Verdict::to_wire),
            answer: answer.map(|answer| answer.text.clone()),
            answered_by: answer.map(|answer| answer.answered_by.clone()).unwrap_or_default(),
            answered_at: millis(answer.map(|answer| answer.answered_at)),
            ticket_id: self.ticket.clone(),
            ended_at: millis(self.ended_at),
            closed_by: self.closed_by.clone(),
        }
    }

    fn personal(&self) -> Personal<'_> {
        let answers = self.answers.iter();
        let answers = answers.map(|(code, text)| (format!("answers.{code}"), text.as_str()));
        let opinions = self.opinions.iter();
        let opinions = opinions.map(|one| (format!("opinions.{}", one.number), one.text.as_str()));
        let promises = self.promises.iter();
        let promises = promises.map(|one| (format!("promises.{}", one.number), one.text.as_str()));
        let notes = self.attempts.iter();
        let notes = notes.map(|one| (format!("attempts.{}", one.number), one.note.as_str()));
        let head = self.department_answer.iter();
        let head = head.map(|answer| ("department_answer".to_owned(), answer.text.as_str()));
        let all = answers.chain(opinions).chain(promises).chain(notes).chain(head);
        all.map(|(name, text)| (name.into(), text)).collect()
    }

    fn timers(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![(TIMER, self.wakes_at())]
    }

    fn parts(before: Option<&Self>, after: &Self, rows: &mut Rows) {
        rows.parts(&before.map_or_else(Vec::new, attempts), &attempts(after));
        rows.parts(&before.map_or_else(Vec::new, opinions), &opinions(after));
        rows.parts(&before.map_or_else(Vec::new, promises), &promises(after));
        rows.parts(&before.map_or_else(Vec::new, answers), &answers(after));
    }
}

/// The revisits of these rows, in their order: one statement for each table of parts.
pub async fn with_parts(
    reader: &Reader,
    roots: Vec<revisit::Model>,
) -> Result<Vec<Revisit>, StoreError> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = roots.iter().map(|root| root.id).collect();
    let mut parts = Parts::load(reader, &ids).await?;
    roots.into_iter().map(|root| parts.assemble(root)).collect()
}

/// The parts of several revisits, by revisit.
#[derive(Default)]
struct Parts {
    attempts: HashMap<Uuid, Vec<Attempt>>,
    opinions: HashMap<Uuid, Vec<Opinion>>,
    promises: HashMap<Uuid, Vec<Promise>>,
    answers: HashMap<Uuid, BTreeMap<String, String>>,
}

impl Parts {
    async fn load(reader: &Reader, ids: &[Uuid]) -> Result<Self, StoreError> {
        let mut parts = Self::default();
        let found = attempt::Entity::find().filter(ids_in(attempt::Column::RevisitId, ids));
        for row in found.order_by_asc(attempt::Column::Number).all(reader).await? {
            parts.attempts.entry(row.revisit_id).or_default().push(attempt_of(row)?);
        }
        let found = opinion::Entity::find().filter(ids_in(opinion::Column::RevisitId, ids));
        for row in found.order_by_asc(opinion::Column::Number).all(reader).await? {
            let kind = word(OpinionKind::from_wire(row.kind), "opinion's kind")?;
            let (number, cause, text, ticket) = (row.number, row.cause, row.text, row.ticket_id);
            let opinion = Opinion { number, kind, cause, text, ticket };
            parts.opinions.entry(row.revisit_id).or_default().push(opinion);
        }
        let found = promise::Entity::find().filter(ids_in(promise::Column::RevisitId, ids));
        for row in found.order_by_asc(promise::Column::Number).all(reader).await? {
            parts.promises.entry(row.revisit_id).or_default().push(Promise {
                number: row.number,
                text: row.text,
                made_at: Timestamp::from_millis(row.made_at),
                due_at: Timestamp::from_millis(row.due_at),
                kept_at: instant(row.kept_at),
                breached: row.breached,
            });
        }
        let found = answer::Entity::find().filter(ids_in(answer::Column::RevisitId, ids));
        for row in found.all(reader).await? {
            parts.answers.entry(row.revisit_id).or_default().insert(row.question, row.answer);
        }
        Ok(parts)
    }

    fn assemble(&mut self, row: revisit::Model) -> Result<Revisit, StoreError> {
        let at = Timestamp::from_millis;
        let version = row.script_version;
        Ok(Revisit {
            head: Head {
                id: row.id,
                version: row.version,
                branch: row.branch_id,
                created_at: at(row.created_at),
                updated_at: at(row.updated_at),
            },
            customer: CustomerId::from(row.customer_id),
            policy: row.policy,
            policy_version: row.policy_version,
            script: row.script_policy.map(|policy| ScriptOf { policy, version }),
            max_attempts: u8::try_from(row.max_attempts).unwrap_or(u8::MAX),
            occasion: word(Occasion::from_wire(row.occasion), "occasion")?,
            occasion_at: at(row.occasion_at),
            calendar: CalendarOf {
                code: row.calendar,
                revision: u32::try_from(row.calendar_revision).unwrap_or(0),
            },
            subject: row.subject_id,
            episode: row.episode,
            department: row.department_id.map(DepartmentId::from),
            handlers: Handlers {
                handler: row.handler_id.map(PersonId::from),
                owner: row.owner_id.map(PersonId::from),
            },
            state: word(State::from_wire(row.state), "state")?,
            assignee: row.assignee_id.map(PersonId::from),
            opens_at: at(row.opens_at),
            due_at: at(row.due_at),
            first_due_at: at(row.first_due_at),
            next_attempt_at: instant(row.next_attempt_at),
            breached_at: instant(row.breached_at),
            reached_at: instant(row.reached_at),
            verdict: Verdict::from_wire(row.verdict),
            attempts: self.attempts.remove(&row.id).unwrap_or_default(),
            answers: self.answers.remove(&row.id).unwrap_or_default(),
            opinions: self.opinions.remove(&row.id).unwrap_or_default(),
            promises: self.promises.remove(&row.id).unwrap_or_default(),
            department_answer: row.answer.zip(instant(row.answered_at)).map(
                |(text, answered_at)| DepartmentAnswer {
                    text,
                    answered_by: row.answered_by,
                    answered_at,
                },
            ),
            ticket: row.ticket_id,
            ended_at: instant(row.ended_at),
            closed_by: row.closed_by,
        })
    }
}

fn word<T>(word: Option<T>, what: &str) -> Result<T, StoreError> {
    word.ok_or_else(|| broken(what))
}

fn attempts(revisit: &Revisit) -> Vec<attempt::Model> {
    let row = |one: &Attempt| attempt::Model {
        revisit_id: revisit.head.id,
        number: one.number,
        channel: one.channel.to_wire(),
        outcome: one.outcome.to_wire(),
        made_at: one.made_at.as_millis(),
        made_by: one.made_by.clone(),
        note: one.note.clone(),
        rescheduled_to: millis(one.rescheduled_to),
        due_at: millis(one.due_at),
        call_id: one.call.clone(),
    };
    revisit.attempts.iter().map(row).collect()
}

fn attempt_of(row: attempt::Model) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        number: row.number,
        channel: word(Channel::from_wire(row.channel), "channel")?,
        outcome: word(Outcome::from_wire(row.outcome), "outcome")?,
        made_at: Timestamp::from_millis(row.made_at),
        made_by: row.made_by,
        note: row.note,
        rescheduled_to: instant(row.rescheduled_to),
        due_at: instant(row.due_at),
        call: row.call_id,
    })
}

fn opinions(revisit: &Revisit) -> Vec<opinion::Model> {
    let row = |one: &Opinion| opinion::Model {
        revisit_id: revisit.head.id,
        number: one.number,
        kind: one.kind.to_wire(),
        cause: one.cause.clone(),
        text: one.text.clone(),
        ticket_id: one.ticket.clone(),
    };
    revisit.opinions.iter().map(row).collect()
}

fn promises(revisit: &Revisit) -> Vec<promise::Model> {
    let row = |one: &Promise| promise::Model {
        revisit_id: revisit.head.id,
        number: one.number,
        text: one.text.clone(),
        made_at: one.made_at.as_millis(),
        due_at: one.due_at.as_millis(),
        kept_at: millis(one.kept_at),
        breached: one.breached,
    };
    revisit.promises.iter().map(row).collect()
}

fn answers(revisit: &Revisit) -> Vec<answer::Model> {
    let row = |(question, text): (&String, &String)| answer::Model {
        revisit_id: revisit.head.id,
        question: question.clone(),
        answer: text.clone(),
    };
    revisit.answers.iter().map(row).collect()
}
