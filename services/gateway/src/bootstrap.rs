//! The first start: the shipped roles, a default calendar and branch, and the first administrator's API
//! key. Each is made once, known by a natural key; later starts add only what a new version brings.

use std::path::Path;

use anyhow::Context as _;
use kefu_api_gateway::v1 as api;
use kefu_kernel::calendar::CalendarSpec;
use kefu_kernel::id::Uuid;
use kefu_kernel::{Call, Head, NewEvent};
use kefu_rpc::keys::ApiKey;
use kefu_runtime::data::write_private;
use kefu_store::tables::natural_key;
use kefu_store::{Needs, Work};
use sea_orm::EntityTrait;

use crate::domain::key::Secret;
use crate::domain::rights::ADMIN;
use crate::domain::role::RolePatch;
use crate::domain::{Branch, Calendar, Key, Rights, Role};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::shipped::{self, ShippedRole};
use crate::store::keys;

/// What the first start makes the directory for.
#[derive(Clone, Debug)]
pub struct Company {
    /// Its name, which the first branch gets.
    pub name: String,
    /// Its working time.
    pub calendar: CalendarSpec,
}

/// The code of the branch that the first start makes.
const MAIN: &str = "main";
/// The natural key of the first administrator's key.
const ADMIN_KEY: &str = "admin_key";

/// Sees to it that the directory has what every installation has. The text of the administrator's key
/// is written to `admin_key`, for its owner's eyes only, before the key is made: a start that is
/// killed in between writes another one over it.
pub async fn bootstrap(
    gateway: &Gateway,
    company: Company,
    admin_key: &Path,
) -> anyhow::Result<()> {
    let name = (keys::FIRST_START.to_owned(), ADMIN_KEY.to_owned());
    let made = natural_key::Entity::find_by_id(name).one(gateway.reader()).await?;
    if made.is_some() {
        make(gateway, company, None).await?;
        return Ok(());
    }
    let text = ApiKey::generate(gateway.ambient().new_uuid(), gateway.ambient());
    let unwritable =
        || format!("the administrator's key cannot be kept in {}", admin_key.display());
    write_private(admin_key, text.expose()).with_context(unwritable)?;
    let key = gateway.access.peppers().hash(&text);
    if make(gateway, company, Some((text.id(), key))).await?.id.is_empty() {
        // Another process that started at the same time was faster, and has the key.
        std::fs::remove_file(admin_key).with_context(unwritable)?;
    } else {
        tracing::info!("the administrator's API key is in {}", admin_key.display());
    }
    Ok(())
}

/// Makes what is missing, in one command; replies with the key where it made one.
async fn make(
    gateway: &Gateway,
    company: Company,
    key: Option<(Uuid, [u8; 32])>,
) -> Result<api::Key, Error> {
    let mut needs = Needs::default();
    for role in shipped::roles() {
        needs.key::<Role>(keys::ROLE, &role.code);
    }
    needs.key::<Calendar>(keys::CALENDAR, &company.calendar.code);
    needs.key::<Calendar>(keys::CALENDAR_DEFAULT, keys::DEFAULT);
    needs.key::<Branch>(keys::BRANCH, MAIN);
    needs.key::<Key>(keys::FIRST_START, ADMIN_KEY);
    let known = gateway.permissions.clone();
    let call = Call::internal("gateway", "first-start");
    gateway
        .run_rights(call, needs, move |work| {
            for role in shipped::roles() {
                ship(work, role, &known)?;
            }
            let first = work.key(keys::FIRST_START, ADMIN_KEY).is_none();
            let Some((id, hash)) = key.filter(|_| first) else { return Ok(api::Key::default()) };
            organise(work, &company)?;
            let secret = Secret { serial: 1, hash, created_at: work.now(), ends_at: None };
            let key = administrators_key(Head::new(id, None, work.now()), secret);
            claim(work, keys::FIRST_START, ADMIN_KEY, id);
            let (key, events) = key.create(&known)?;
            Ok(api::Key { id: work.save(key, events).id().to_string(), ..api::Key::default() })
        })
        .await
}

/// A role that is missing is made; the administrator's gets what this version brings.
fn ship(
    work: &mut Work<'_>,
    role: &ShippedRole,
    known: &std::collections::BTreeSet<String>,
) -> Result<(), Error> {
    let permissions = role.permissions(known);
    let present = work.key(keys::ROLE, &role.code).and_then(|id| work.find::<Role>(id));
    let (role, events): (Role, Vec<NewEvent>) = match present {
        Some(present) if role.code == ADMIN => {
            let all = present.permissions.union(&permissions).cloned().collect();
            let patch = RolePatch { permissions: Some(all), ..RolePatch::default() };
            present.update(patch, known)?
        }
        Some(_) => return Ok(()),
        None => {
            let head = Head::new(work.new_id(), None, work.now());
            claim(work, keys::ROLE, &role.code, head.id);
            let (code, name) = (role.code.clone(), role.name.clone());
            Role { head, code, name, permissions, built_in: true }.create(known)?
        }
    };
    work.save(role, events);
    Ok(())
}

fn organise(work: &mut Work<'_>, company: &Company) -> Result<(), Error> {
    if work.key(keys::BRANCH, MAIN).is_some() {
        return Ok(());
    }
    let id = work.new_id();
    if work.key(keys::CALENDAR_DEFAULT, keys::DEFAULT).is_none() {
        let calendar = Calendar {
            head: Head::new(id, None, work.now()),
            name: company.name.clone(),
            spec: company.calendar.clone(),
            is_default: true,
        };
        claim(work, keys::CALENDAR, &company.calendar.code, id);
        claim(work, keys::CALENDAR_DEFAULT, keys::DEFAULT, id);
        let (calendar, events) = calendar.create()?;
        work.save(calendar, events);
    }
    let id = work.new_id();
    let branch = Branch {
        head: Branch::head(id.into(), work.now()),
        code: MAIN.to_owned(),
        name: company.name.clone(),
        time_zone: company.calendar.time_zone.clone(),
        calendar: None,
    };
    claim(work, keys::BRANCH, MAIN, id);
    let (branch, events) = branch.create()?;
    work.save(branch, events);
    Ok(())
}

fn administrators_key(head: Head, secret: Secret) -> Key {
    let roles = [ADMIN.to_owned()].into();
    Key {
        head,
        name: "first administrator".to_owned(),
        rights: Rights { roles, all_branches: true, ..Rights::default() },
        scopes: std::collections::BTreeSet::new(),
        expires_at: None,
        revoked_at: None,
        secrets: vec![secret],
    }
}

/// Claims a name that was seen to be free.
fn claim(work: &mut Work<'_>, kind: &str, key: &str, id: Uuid) {
    let claimed = work.claim(kind, key, id);
    debug_assert!(claimed.is_ok(), "it was looked up first");
}
