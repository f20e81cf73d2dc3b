//! What every service keeps beside its aggregates: the fields that a company adds, and deadlines. What is
//! written is what is loaded.

use std::collections::HashMap;
use std::time::Duration;

use kefu_kernel::calendar::{Calendar, CalendarSpec};
use kefu_kernel::clock::{Allowance, Clock, Deadline, Happening, Target};
use kefu_kernel::field::{FieldValue, Fields};
use kefu_kernel::{Ambient, Calendars, Timestamp, Word};
use kefu_store::{Migration, Store, StoreConfig, StoreError, custom_field, deadline};
use kefu_testkit::Folder;
use kefu_testkit::postgres::Postgres;
use uuid::Uuid;

const MIGRATIONS: &[Migration] = &[Migration {
    name: "reading_0001_typed_rows",
    up: |schema| {
        custom_field::create(schema);
        deadline::create(schema);
    },
}];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Answer,
    Solution,
}

impl Word for Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Solution => "solution",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Answer, Self::Solution].into_iter().find(|kind| kind.name() == name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_and_deadlines_survive_their_rows_on_sqlite() {
    let folder = Folder::new("typed rows");
    survive(&format!("sqlite://{}", folder.join("rows.db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_and_deadlines_survive_their_rows_on_postgresql() {
    let Some(cluster) = Postgres::shared() else { return };
    survive(&cluster.database().schema("reading")).await;
}

async fn survive(url: &str) {
    let store = Store::open(StoreConfig::new("reading", url), Ambient::system()).await.unwrap();
    store.migrate(MIGRATIONS).await.unwrap();
    let owners = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];
    let fields = HashMap::from([(owners[0], fields()), (owners[1], Fields::new())]);
    let deadlines =
        HashMap::from([(owners[0], deadlines()), (owners[1], deadlines()[..1].to_vec())]);
    store
        .write(async |tx| {
            for (owner, fields) in &fields {
                tx.insert(&custom_field::rows(*owner, fields)).await?;
            }
            for (owner, deadlines) in &deadlines {
                tx.insert(&deadline::rows(*owner, deadlines)).await?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    let found = custom_field::load(store.reader(), &owners).await.unwrap();
    assert_eq!(found, HashMap::from([(owners[0], fields[&owners[0]].clone())]));
    assert_eq!(deadline::load::<Kind>(store.reader(), &owners).await.unwrap(), deadlines);
    store.close().await;
}

fn fields() -> Fields {
    let values = [
        ("flight", FieldValue::Text("CA 981, 延误".into())),
        ("class", FieldValue::Choice("first".into())),
        ("weight_grams", FieldValue::Integer(-7)),
        ("insured", FieldValue::Flag(true)),
        ("landed_at", FieldValue::Time(Timestamp::from_millis(1_795_000_000_123))),
    ];
    values.map(|(code, value)| (code.to_owned(), value)).into()
}

/// One that stands still after a warning, and one that was met late.
fn deadlines() -> Vec<Deadline<Kind>> {
    let calendar = Calendar::new(CalendarSpec::always("always", "Etc/UTC")).unwrap();
    let (code, revision) = (calendar.spec().code.clone(), calendar.spec().revision);
    let calendars = Calendars::new(calendar);
    let target = Target {
        policy: "complaint.answer".into(),
        policy_version: 3,
        calendar: code,
        calendar_revision: revision,
        allowance: Allowance::Working(Duration::from_secs(3_600)),
        ladder: vec![50],
    };
    let start = Timestamp::from_millis(1_795_000_000_000);
    let at = |minutes: u64| start.plus(Duration::from_secs(60 * minutes));
    let new = |kind, pauses: &[&str]| {
        let pauses = pauses.iter().map(|name| (*name).to_owned()).collect();
        let clock = Clock::start(start, target.clone());
        Deadline::start(kind, 1, pauses, clock, &calendars).unwrap()
    };
    let mut answer = new(Kind::Answer, &["pending", "on_hold"]);
    assert_eq!(answer.tell(at(30), &calendars).unwrap().len(), 1);
    let what = Happening::Paused { reason: "pending".into() };
    assert!(answer.apply(at(40), what, &calendars).unwrap());
    let mut solution = new(Kind::Solution, &[]);
    solution.tell(at(90), &calendars).unwrap();
    solution.apply(at(100), Happening::Stopped, &calendars).unwrap();
    assert_eq!(solution.breached_at, Some(at(60)));
    vec![answer, solution]
}
