//! What is kept is read again as it was, on every backend that this machine has: in tests.

use std::time::Duration;

use kefu_api_events::v1::SubjectErased;
use kefu_api_events::{Channel, event};
use kefu_kernel::field::FieldValue;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Ambient, Call, Currency, Fault, FaultKind, Id, Money, NewEvent, Recorded};
use kefu_outbox::Projection;
use kefu_store::runner::{Aggregate, RunnerOptions};
use kefu_store::tables::idempotency;
use kefu_store::{Needs, NotFound, Runner, Store, StoreConfig, Work};
use kefu_testkit::Folder;
use kefu_testkit::postgres::Postgres;
use prost::{Message, Name};
use sea_orm::EntityTrait;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::customer::domain::words::{ContactKind, Kind, List, Stage};
use crate::customer::domain::{
    Address, Consent, ConsentSaid, Contact, Context, Customer, New, NewContactPoint, Profile,
    ProfileRules,
};
use crate::customer::projections::Erasure;
use crate::domain::Context as Plain;
use crate::domain::quiet::{QuietHours, Reach};
use crate::revisit::domain::words::{Occasion, OpinionKind, Outcome, Verdict};
use crate::revisit::domain::{
    Answers, Handlers, NewOpinion, NewPromise, Plan, Policy, Revisit, ScriptOf, Try,
};

/// A store with its runner.
struct Kept {
    store: Store,
    runner: Runner,
    _tasks: JoinSet<()>,
}

impl Kept {
    async fn open(url: &str) -> Self {
        let config = StoreConfig::new("customers", url);
        let store = Store::open(config, Ambient::system()).await.unwrap();
        store.migrate(crate::MIGRATIONS).await.unwrap();
        let (runner, task) = Runner::new(store.clone(), RunnerOptions::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(task.run(CancellationToken::new()));
        Self { store, runner, _tasks: tasks }
    }

    /// Saves what `change` makes of a thing, and reads it again.
    async fn save<A: Aggregate + std::fmt::Debug>(
        &self,
        id: Uuid,
        after: A,
        events: Vec<NewEvent>,
    ) -> A {
        let mut needs = Needs::default();
        needs.load::<A>(id);
        let (saved, told) = std::sync::mpsc::channel();
        let decide = move |work: &mut Work<'_>| {
            let kept = work.save(after.clone(), events.clone());
            let _ = saved.send((*kept).clone());
            Ok::<_, Refused>(String::new())
        };
        let mut call = Call::internal("customers", "test");
        call.request_id = Some(Ambient::system().new_uuid().to_string());
        self.runner.run_with(call, needs, decide).await.unwrap();
        let kept = told.try_iter().last().unwrap();
        let read = A::load(self.store.reader(), &[id]).await.unwrap().pop().unwrap();
        assert_eq!(read, kept);
        read
    }
}

/// No command here is refused.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Refused(#[from] NotFound);

impl Fault for Refused {
    fn kind(&self) -> FaultKind {
        self.0.kind()
    }

    fn reason(&self) -> &'static str {
        self.0.reason()
    }
}

async fn on_every_backend<F: Future<Output = ()>>(test: impl Fn(Kept) -> F) {
    let folder = Folder::new("stored");
    test(Kept::open(&format!("sqlite://{}", folder.join("customers.db").display())).await).await;
    println!("backend ran: sqlite");
    if let Some(cluster) = Postgres::shared() {
        let database = cluster.database();
        test(Kept::open(&database.schema("customers")).await).await;
        println!("backend ran: postgres");
    }
}

fn new(id: Uuid) -> New {
    let birthday: crate::customer::domain::YearDay = "--02-29".parse().unwrap();
    let address = Address {
        id: Uuid::from_u128(31).into(),
        label: "home".into(),
        recipient: "Li".into(),
        street: "Lake 1".into(),
        city: "Wuhan".into(),
        region: "Hubei".into(),
        postal_code: "430000".into(),
        country: "CN".into(),
        phone: "+8613812345678".into(),
    };
    let fields = [("shoe".to_owned(), FieldValue::Integer(43))].into();
    let profile = Profile {
        name: "Li Wei".into(),
        language: "zh".into(),
        time_zone: "Asia/Shanghai".into(),
        birthday: Some(birthday),
        anniversaries: [("wedding".to_owned(), birthday)].into(),
        preferred_channel: Some(Channel::Phone),
        quiet_hours: QuietHours::new(1200, 480),
        needs: "calm".into(),
        preferences: "tea".into(),
        expected_on: Some("2026-12-31".parse().unwrap()),
        budget: Some(Money::new(7, Currency::CNY)),
        tags: ["gold".to_owned()].into(),
        fields,
        addresses: vec![address],
    };
    let point = |number, kind: ContactKind, value: &str| NewContactPoint {
        id: Uuid::from_u128(number).into(),
        contact: Contact::known(kind, value.into()),
        label: "work".into(),
        verified: true,
        preferred: true,
    };
    New {
        id: id.into(),
        number: 7,
        kind: Kind::Person,
        stage: Stage::Member,
        source: "crm".into(),
        external_id: Some("17".into()),
        branch: Some(Uuid::from_u128(41).into()),
        specialist: Some(Uuid::from_u128(42).into()),
        profile,
        contacts: vec![
            point(21, ContactKind::Phone, "+8613812345678"),
            point(22, ContactKind::Email, "Li@example.com"),
        ],
        created_at: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_read_as_it_was_kept_and_erased_with_its_replies() {
    on_every_backend(|kept| async move {
        let field = "wanted = []\n[[fields]]\ncode = 'shoe'\nkind = 'integer'\n\
                     names = { en = 'Shoe', es = 'Zapato', zh = '鞋' }\n";
        let rules = ProfileRules::parse(field).unwrap();
        let id = Uuid::from_u128(1);
        let now = kept.store.ambient().now();
        let context = Context { rules: &rules, now, actor: "person_agent" };
        let (customer, told) = Customer::create(&context, new(id)).unwrap();
        let customer = kept.save(id, customer, told).await;
        let consent = Consent { granted: true, said_at: now, evidence: "call".into() };
        let (channel, purpose) = (Channel::Phone, "revisit".to_owned());
        let said = ConsentSaid { channel, purpose, consent };
        let (customer, told, _) = customer.record_consent(&context, said).unwrap();
        let customer = kept.save(id, customer, told).await;
        let until = Some(now.plus(Duration::from_secs(60)));
        let (customer, told) =
            customer.put_on_list(&context, List::Vip, "x".into(), until).unwrap();
        let customer = kept.save(id, customer, told).await;
        let (customer, told) = customer.erase(&context, "retention", &[]).unwrap();
        let payload = told[0].payload.clone();
        kept.save(id, customer, told).await;
        let erased = erased(id, &payload, now);
        kept.store
            .write(async |tx| {
                idempotency::Entity::update_many()
                    .col_expr(
                        idempotency::Column::Reply,
                        sea_orm::sea_query::Expr::value(b"Li".to_vec()),
                    )
                    .exec(tx)
                    .await?;
                Erasure.fold(tx, 1, std::slice::from_ref(&erased)).await
            })
            .await
            .unwrap();
        let replies = idempotency::Entity::find().all(kept.store.reader()).await.unwrap();
        assert_eq!(replies.len(), 4);
        assert!(replies.iter().all(|row| row.reply.is_empty()), "every stored reply named it");
    })
    .await;
}

fn erased(id: Uuid, payload: &[u8], at: kefu_kernel::Timestamp) -> Recorded {
    let told = SubjectErased::decode(payload).unwrap();
    let mut recorded = crate::domain::recorded::recorded("customer", at, &told);
    recorded.aggregate_id = id;
    assert_eq!(recorded.type_name, SubjectErased::full_name());
    assert_eq!(event(&told, [""; 0]).payload, recorded.payload);
    recorded
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_are_read_as_they_were_kept() {
    on_every_backend(|kept| async move {
        let ambient = kept.store.ambient().clone();
        let now = ambient.now();
        let context = Plain { now, actor: "person_agent" };
        for policy in Policy::shipped(now, || ambient.new_uuid()).unwrap() {
            let (id, rule) = (policy.head.id, policy.rule.clone());
            let (policy, told) = Policy::create(&context, id, policy.code, rule).unwrap();
            let policy = kept.save(id, policy, told).await;
            let mut rule = policy.rule.clone();
            rule.share_percent = 20;
            let (policy, told) = policy.update(rule).unwrap();
            assert_eq!(kept.save(id, policy, told).await.version, 2);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revisit_is_read_as_it_was_kept() {
    on_every_backend(|kept| async move {
        let ambient = kept.store.ambient().clone();
        let now = ambient.now();
        let context = Plain { now, actor: "person_agent" };
        let zone = kefu_kernel::Zone::UTC;
        let minute = zone.time_of_day_ms(now) / 60_000;
        let quiet_from = u16::try_from((minute + 720) % 1440).unwrap();
        let quiet = QuietHours::new(quiet_from, (quiet_from + 60) % 1440).unwrap();
        let reach = Reach { zone, quiet };
        let spec = kefu_kernel::calendar::CalendarSpec::always("always", "UTC");
        let calendar = kefu_kernel::Calendar::new(spec).unwrap();
        let id = ambient.new_uuid();
        let plan = Plan {
            id: id.into(),
            customer: Uuid::from_u128(1).into(),
            branch: Some(Uuid::from_u128(2).into()),
            occasion: Occasion::Irregular,
            subject: Some("ticket_x".into()),
            handlers: Handlers { handler: Some(Uuid::from_u128(3).into()), owner: None },
            department: Some(Uuid::from_u128(4).into()),
            opens_at: None,
            due_at: now.plus(Duration::from_secs(3600)),
            assignee: Some(Uuid::from_u128(5).into()),
            script: Some(ScriptOf { policy: "delivered".into(), version: 2 }),
        };
        let (revisit, told) = Revisit::plan(&context, plan, &calendar).unwrap();
        let revisit = kept.save(id, revisit, told).await;
        let made = Try {
            channel: Channel::Phone,
            outcome: Outcome::NoAnswer,
            reschedule_to: None,
            note: "rang".into(),
            call: Some("call_x".into()),
        };
        let (revisit, told) = revisit.attempt(&context, made, &reach).unwrap();
        let revisit = kept.save(id, revisit, told).await;
        let script = &Policy::shipped(now, || ambient.new_uuid()).unwrap()[0].rule.script;
        let code = script.iter().find(|question| question.required).unwrap().code.clone();
        let text = "Well.".to_owned();
        let opinion = NewOpinion { kind: OpinionKind::Complaint, cause: "wait".into(), text };
        let due_at = now.plus(Duration::from_secs(600));
        let said = Answers {
            channel: Channel::Phone,
            verdict: Verdict::Dissatisfied,
            answers: [(code, "the wait".to_owned())].into(),
            opinions: vec![opinion],
            promises: vec![NewPromise { text: "a call".into(), due_at }],
            note: String::new(),
            call: None,
        };
        let (revisit, told) = revisit.answered(&context, said, script, &reach).unwrap();
        let revisit = kept.save(id, revisit, told).await;
        let (revisit, told) = revisit.link_ticket(&context, 1, "ticket_y").unwrap();
        let revisit = kept.save(id, revisit, told).await;
        let (revisit, told) = revisit.keep_promise(&context, 1).unwrap();
        let revisit = kept.save(id, revisit, told).await;
        let head = crate::domain::ids::PersonId::from(Uuid::from_u128(6));
        let actor = head.to_string();
        let context = Plain { now, actor: &actor };
        let (revisit, told) = revisit.answer_as_head(&context, "So.".into(), Some(head)).unwrap();
        let revisit = kept.save(id, revisit, told).await;
        let (revisit, told) = revisit.close(&context).unwrap();
        let closed = kept.save(id, revisit, told).await;
        assert_eq!((closed.id().uuid(), closed.closed_by), (id, actor));
    })
    .await;
}
