//! Making a revisit: tries that brought no answers, and the one that did.

use std::collections::BTreeMap;
use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_api_events::wire;
use kefu_kernel::{FieldViolation, InvalidFields, Timestamp};

use crate::domain::Context;
use crate::domain::quiet::Reach;
use kefu_api_events::Channel;

use super::change::Change;
use super::policy::Question;
use super::words::{OpinionKind, Outcome, State, Verdict};
use super::{Attempt, Decision, Error, Opinion, Promise, Revisit};

/// How far ahead a customer may choose another hour.
const FARTHEST: Duration = Duration::from_secs(366 * 86_400);

/// A try that brought no answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// By which way.
    pub channel: Channel,
    /// What came of it; not [`Outcome::Reached`].
    pub outcome: Outcome,
    /// The hour that the customer chose, for [`Outcome::Rescheduled`] and then a must.
    pub reschedule_to: Option<Timestamp>,
    /// What is to be remembered of it.
    pub note: String,
    /// The id of the call it was made by.
    pub call: Option<String>,
}

/// What the customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// By which way.
    pub channel: Channel,
    /// How the customer found the service.
    pub verdict: Verdict,
    /// Answers to the script, by the question's code.
    pub answers: BTreeMap<String, String>,
    /// What the customer said, one by one.
    pub opinions: Vec<NewOpinion>,
    /// What the customer was promised.
    pub promises: Vec<NewPromise>,
    /// What is to be remembered of the try.
    pub note: String,
    /// The id of the call it was made by.
    pub call: Option<String>,
}

/// One thing that the customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOpinion {
    /// What it is.
    pub kind: OpinionKind,
    /// What it is about: a code, empty where not told.
    pub cause: String,
    /// What the customer said.
    pub text: String,
}

/// What the customer was promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPromise {
    /// What.
    pub text: String,
    /// By when. Later than now.
    pub due_at: Timestamp,
}

impl Revisit {
    /// Records a try that brought no answers. Where the customer chose another hour, the revisit waits for it,
    /// and is due by the end of that hour's day where that is later. The last of the attempts that the policy
    /// asks for gives it up; a choice of another hour is none of them.
    ///
    /// # Errors
    ///
    /// [`Error::Over`], [`Error::NotOpen`], [`Error::QuietHours`] now or at the chosen hour,
    /// [`Error::TimeOutOfRange`], [`Error::Invalid`].
    pub fn attempt(&self, context: &Context<'_>, made: Try, reach: &Reach) -> Decision {
        let mut change = Change::begin(self, context);
        change.must_be_makeable(reach)?;
        let now = change.now;
        if change.revisit.next_attempt_at.is_some_and(|at| at > now) {
            return Err(change.too_early());
        }
        made.check(now, reach)?;
        let due_at = made.reschedule_to.map(|to| end_of_day(to, reach));
        let due_at = due_at.filter(|due| *due > change.revisit.due_at);
        let payload = events::RevisitAttempted {
            channel: events::Channel::from(made.channel).into(),
            outcome: events::AttemptOutcome::from(made.outcome).into(),
            rescheduled_to: made.reschedule_to.map(wire::timestamp),
            call_id: made.call.clone().unwrap_or_default(),
            ..Default::default()
        };
        change.revisit.state = State::Attempted;
        change.revisit.next_attempt_at = made.reschedule_to;
        change.revisit.due_at = due_at.unwrap_or(change.revisit.due_at);
        change.add_attempt(made, due_at);
        change.tell(payload);
        if change.revisit.fruitless() >= usize::from(self.max_attempts) {
            change.end(State::GivenUp);
            change.tell(events::RevisitGivenUp::default());
        }
        change.done()
    }

    /// Records what the customer said. `script` are the questions of the version that it names; none asked:
    /// empty. A customer who comes by itself before the hour it chose is welcome.
    ///
    /// # Errors
    ///
    /// [`Error::Over`], [`Error::NotOpen`], [`Error::QuietHours`], [`Error::AnswersMissing`],
    /// [`Error::AnswersInvalid`], [`Error::TimeOutOfRange`].
    pub fn answered(
        &self,
        context: &Context<'_>,
        said: Answers,
        script: &[Question],
        reach: &Reach,
    ) -> Decision {
        let mut change = Change::begin(self, context);
        change.must_be_makeable(reach)?;
        let now = change.now;
        check_answers(script, said.verdict, &said.answers)?;
        for (index, promise) in said.promises.iter().enumerate() {
            if promise.due_at <= now {
                let field = format!("promises[{index}].due_at");
                return Err(Error::TimeOutOfRange { field, what: "must be in the future" });
            }
        }
        let kinds = said.opinions.iter().map(|opinion| events::OpinionKind::from(opinion.kind));
        let payload = events::RevisitAnswered {
            channel: events::Channel::from(said.channel).into(),
            opinions: kinds.map(i32::from).collect(),
            call_id: said.call.clone().unwrap_or_default(),
            ..Default::default()
        };
        let (channel, note, call) = (said.channel, said.note, said.call);
        let outcome = Outcome::Reached;
        change.add_attempt(Try { channel, outcome, reschedule_to: None, note, call }, None);
        let revisit = &mut change.revisit;
        revisit.state = State::Answered;
        revisit.next_attempt_at = None;
        revisit.reached_at = Some(now);
        revisit.verdict = Some(said.verdict);
        revisit.answers = said.answers;
        revisit.opinions = numbered(said.opinions, Opinion::new);
        change.tell(payload);
        for promise in numbered(said.promises, |number, new| Promise::new(number, new, now)) {
            let (number, due_at) = (promise.number, wire::timestamp(promise.due_at));
            change.revisit.promises.push(promise);
            change.tell(events::RevisitPromiseMade {
                promise: number,
                promise_due_at: Some(due_at),
                ..Default::default()
            });
        }
        change.done()
    }

    /// How many attempts brought nothing.
    fn fruitless(&self) -> usize {
        let fruitless = |attempt: &&Attempt| {
            !matches!(attempt.outcome, Outcome::Reached | Outcome::Rescheduled)
        };
        self.attempts.iter().filter(fruitless).count()
    }
}

impl Change<'_> {
    /// Refuses a customer who is not to be tried now.
    fn must_be_makeable(&self, reach: &Reach) -> Result<(), Error> {
        self.must_be_owed()?;
        if self.revisit.state == State::Scheduled {
            return Err(self.too_early());
        }
        match reach.quiet_until(self.now) {
            Some(until) => Err(Error::QuietHours { until }),
            None => Ok(()),
        }
    }

    fn add_attempt(&mut self, made: Try, due_at: Option<Timestamp>) {
        let attempts = &mut self.revisit.attempts;
        attempts.push(Attempt {
            number: i32::try_from(attempts.len()).unwrap_or(i32::MAX - 1) + 1,
            channel: made.channel,
            outcome: made.outcome,
            made_at: self.now,
            made_by: self.context.actor.to_owned(),
            note: made.note,
            rescheduled_to: made.reschedule_to,
            due_at,
            call: made.call,
        });
    }
}

impl Try {
    fn check(&self, now: Timestamp, reach: &Reach) -> Result<(), Error> {
        let wrong = |field, reason, what| Err(InvalidFields::one(field, reason, what).into());
        match (self.outcome, self.reschedule_to) {
            (Outcome::Reached, _) => {
                wrong("outcome", "not_here", "is told with the customer's answers")
            }
            (Outcome::Rescheduled, None) => {
                wrong("reschedule_to", "required", "must tell the hour that the customer chose")
            }
            (Outcome::Rescheduled, Some(to)) if to <= now || to > now.plus(FARTHEST) => {
                let what = "must be within the next 366 days";
                Err(Error::TimeOutOfRange { field: "reschedule_to".to_owned(), what })
            }
            (Outcome::Rescheduled, Some(to)) => match reach.quiet_until(to) {
                Some(until) => Err(Error::QuietHours { until }),
                None => Ok(()),
            },
            (_, Some(_)) => wrong("reschedule_to", "not_here", "belongs to `rescheduled` only"),
            (_, None) => Ok(()),
        }
    }
}

impl Opinion {
    fn new(number: i32, new: NewOpinion) -> Self {
        Self { number, kind: new.kind, cause: new.cause, text: new.text, ticket: None }
    }
}

impl Promise {
    fn new(number: i32, new: NewPromise, made_at: Timestamp) -> Self {
        let NewPromise { text, due_at } = new;
        Self { number, text, made_at, due_at, kept_at: None, breached: false }
    }
}

/// Refuses answers to what is not asked, or that are none of the choices; and names what must be answered and
/// is not.
fn check_answers(
    script: &[Question],
    verdict: Verdict,
    answers: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let asked = || script.iter().filter(|question| question.is_asked(verdict));
    let wrong = answers.iter().filter_map(|(code, answer)| {
        let refuse =
            |reason, what: &str| Some(FieldViolation::new(format!("answers.{code}"), reason, what));
        match asked().find(|question| question.code == *code) {
            None => refuse("unknown_question", "is not asked after this verdict"),
            Some(question) if answer.trim().is_empty() || question.choices.is_empty() => None,
            Some(question) if question.choices.contains(answer) => None,
            Some(question) => {
                refuse("unknown_choice", &format!("is one of {}", question.choices.join(", ")))
            }
        }
    });
    let wrong: Vec<FieldViolation> = wrong.collect();
    if !wrong.is_empty() {
        return Err(Error::AnswersInvalid(wrong));
    }
    let unanswered = |question: &&Question| {
        question.required
            && answers.get(&question.code).is_none_or(|answer| answer.trim().is_empty())
    };
    let missing: Vec<String> = asked().filter(unanswered).map(|one| one.code.clone()).collect();
    if missing.is_empty() { Ok(()) } else { Err(Error::AnswersMissing(missing)) }
}

/// The end of the day in which an hour lies, by the customer's wall clock.
fn end_of_day(at: Timestamp, reach: &Reach) -> Timestamp {
    reach.zone.start_of(reach.zone.day_of(at).plus(1))
}

fn numbered<N, T>(new: Vec<N>, mut make: impl FnMut(i32, N) -> T) -> Vec<T> {
    (1..).zip(new).map(|(number, one)| make(number, one)).collect()
}
