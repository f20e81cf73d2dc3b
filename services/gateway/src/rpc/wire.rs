//! Domain values in the form of the API, and back.

use std::collections::BTreeMap;

use kefu_api_common::wire::timestamp;
use kefu_api_gateway::v1 as api;
use kefu_kernel::calendar::{CalendarError, TimeOfDay};
use kefu_kernel::calendar::{Interval, SpecialDay};
use kefu_kernel::zone::Weekday;
use kefu_kernel::{Id, Timestamp};

use crate::domain::issuer::Algorithm;
use crate::domain::person::Subject;
use crate::domain::{self, Error};

/// Reads an id whose form the proto has checked.
pub fn id<I: Id>(field: &'static str, text: &str) -> Result<I, Error> {
    text.parse().map_err(|_| Error::unknown(field, text))
}

/// Reads an id that may be absent.
pub fn id_opt<I: Id>(field: &'static str, text: Option<&String>) -> Result<Option<I>, Error> {
    text.filter(|text| !text.is_empty()).map(|text| id(field, text)).transpose()
}

/// Reads a list of ids.
pub fn ids<I: Id, T: FromIterator<I>>(field: &'static str, texts: &[String]) -> Result<T, Error> {
    texts.iter().map(|text| id(field, text)).collect()
}

fn texts<'a, I: Id + 'a>(ids: impl IntoIterator<Item = &'a I>) -> Vec<String> {
    ids.into_iter().map(ToString::to_string).collect()
}

fn time(at: Timestamp) -> Option<prost_types::Timestamp> {
    Some(timestamp(at))
}

pub fn branch(branch: &domain::Branch) -> api::Branch {
    api::Branch {
        id: branch.id().to_string(),
        etag: branch.head.etag(),
        code: branch.code.clone(),
        name: branch.name.clone(),
        time_zone: branch.time_zone.clone(),
        calendar_id: branch.calendar.map(|id| id.to_string()),
        created_at: time(branch.head.created_at),
        updated_at: time(branch.head.updated_at),
    }
}

pub fn department(department: &domain::Department) -> api::Department {
    api::Department {
        id: department.id().to_string(),
        etag: department.head.etag(),
        code: department.code.clone(),
        name: department.name.clone(),
        branch_id: department.branch().map(|id| id.to_string()),
        head_id: department.headed_by.map(|id| id.to_string()),
        created_at: time(department.head.created_at),
        updated_at: time(department.head.updated_at),
    }
}

pub fn person(person: &domain::Person) -> api::Person {
    let subject = |one: &Subject| api::Subject {
        issuer_id: one.issuer.to_string(),
        subject: one.subject.clone(),
    };
    api::Person {
        id: person.id().to_string(),
        etag: person.head.etag(),
        name: person.name.clone(),
        email: person.email.clone(),
        subjects: person.subjects.iter().map(subject).collect(),
        roles: person.rights.roles.iter().cloned().collect(),
        branch_ids: texts(&person.rights.branches),
        all_branches: person.rights.all_branches,
        department_ids: texts(&person.departments),
        languages: person.languages.clone(),
        deleted_at: person.deleted_at.map(timestamp),
        created_at: time(person.head.created_at),
        updated_at: time(person.head.updated_at),
    }
}

/// Reads a person's subjects.
pub fn subjects<T: FromIterator<Subject>>(subjects: &[api::Subject]) -> Result<T, Error> {
    let read = |one: &api::Subject| {
        let issuer = id("subjects.issuer_id", &one.issuer_id)?;
        Ok(Subject { issuer, subject: one.subject.clone() })
    };
    subjects.iter().map(read).collect()
}

pub fn role(role: &domain::Role) -> api::Role {
    api::Role {
        id: role.id().to_string(),
        etag: role.head.etag(),
        code: role.code.clone(),
        name: role.name.clone(),
        permissions: role.permissions.iter().cloned().collect(),
        built_in: role.built_in,
        created_at: time(role.head.created_at),
        updated_at: time(role.head.updated_at),
    }
}

/// A key with the secrets that are accepted at the machine clock's `now`.
pub fn key(key: &domain::Key, now: Timestamp, last_used: Option<Timestamp>) -> api::Key {
    let id = key.id().to_string();
    let hint = format!("kefu_live_{}", id.trim_start_matches("key_"));
    let secret = |one: &domain::key::Secret| api::KeySecret {
        hint: hint.clone(),
        created_at: time(one.created_at),
        ends_at: one.ends_at.map(timestamp),
    };
    api::Key {
        id,
        etag: key.head.etag(),
        name: key.name.clone(),
        roles: key.rights.roles.iter().cloned().collect(),
        branch_ids: texts(&key.rights.branches),
        all_branches: key.rights.all_branches,
        scopes: key.scopes.iter().cloned().collect(),
        secrets: key.live_secrets(now).map(secret).collect(),
        created_at: time(key.head.created_at),
        updated_at: time(key.head.updated_at),
        expires_at: key.expires_at.map(timestamp),
        revoked_at: key.revoked_at.map(timestamp),
        last_used_at: last_used.map(timestamp),
    }
}

pub fn issuer(issuer: &domain::Issuer) -> api::Issuer {
    let algorithm = |one: &Algorithm| match one {
        Algorithm::Rs256 => api::SigningAlgorithm::Rs256,
        Algorithm::Es256 => api::SigningAlgorithm::Es256,
        Algorithm::EdDsa => api::SigningAlgorithm::Eddsa,
    };
    api::Issuer {
        id: issuer.id().to_string(),
        etag: issuer.head.etag(),
        issuer: issuer.issuer.clone(),
        name: issuer.name.clone(),
        jwks_url: issuer.jwks_url.clone(),
        audiences: issuer.audiences.clone(),
        algorithms: issuer.algorithms.iter().map(|one| algorithm(one).into()).collect(),
        roles_claim: issuer.roles_claim.clone(),
        branches_claim: issuer.branches_claim.clone(),
        created_at: time(issuer.head.created_at),
        updated_at: time(issuer.head.updated_at),
    }
}

/// Reads algorithms, whose numbers the proto has checked.
pub fn algorithms<T: FromIterator<Algorithm>>(algorithms: &[i32]) -> T {
    let read = |number: &i32| match api::SigningAlgorithm::try_from(*number) {
        Ok(api::SigningAlgorithm::Rs256) => Some(Algorithm::Rs256),
        Ok(api::SigningAlgorithm::Es256) => Some(Algorithm::Es256),
        Ok(api::SigningAlgorithm::Eddsa) => Some(Algorithm::EdDsa),
        _ => None,
    };
    algorithms.iter().filter_map(read).collect()
}

pub fn calendar(calendar: &domain::Calendar) -> api::Calendar {
    let spec = &calendar.spec;
    let work_day = |(day, hours): (&Weekday, &Vec<Interval>)| api::WorkDay {
        iso_weekday: *day as i32 + 1,
        intervals: hours.iter().map(interval).collect(),
    };
    let special_day = |day: &SpecialDay| api::SpecialDay {
        date: day.date.to_string(),
        name: day.name.clone(),
        intervals: day.intervals.iter().map(interval).collect(),
    };
    api::Calendar {
        id: calendar.id().to_string(),
        etag: calendar.head.etag(),
        code: spec.code.clone(),
        name: calendar.name.clone(),
        revision: i32::try_from(spec.revision).unwrap_or(i32::MAX),
        time_zone: spec.time_zone.clone(),
        week: spec.week.iter().map(work_day).collect(),
        special_days: spec.special_days.iter().map(special_day).collect(),
        is_default: calendar.is_default,
        created_at: time(calendar.head.created_at),
        updated_at: time(calendar.head.updated_at),
    }
}

fn interval(one: &Interval) -> api::WorkInterval {
    let minute = |time: TimeOfDay| i32::try_from(time.seconds() / 60).unwrap_or(0);
    api::WorkInterval { from_minute: minute(one.from), to_minute: minute(one.to) }
}

/// Reads the hours of a week; each day once.
pub fn week(days: &[api::WorkDay]) -> Result<BTreeMap<Weekday, Vec<Interval>>, Error> {
    let mut week = BTreeMap::new();
    for day in days {
        let index = usize::try_from(day.iso_weekday - 1).ok();
        let weekday = index.and_then(|index| Weekday::ALL.get(index)).copied();
        let weekday = weekday.ok_or_else(|| Error::empty("week.iso_weekday"))?;
        if week.insert(weekday, hours(&day.intervals)).is_some() {
            let place = format!("week.{weekday:?}").to_lowercase();
            return Err(CalendarError::Hours { place, what: "is told twice" }.into());
        }
    }
    Ok(week)
}

/// Reads special days.
pub fn special_days(days: &[api::SpecialDay]) -> Result<Vec<SpecialDay>, Error> {
    let read = |day: &api::SpecialDay| {
        let (name, intervals) = (day.name.clone(), hours(&day.intervals));
        Ok(SpecialDay { date: day.date.parse()?, name, intervals })
    };
    days.iter().map(read).collect()
}

fn hours(intervals: &[api::WorkInterval]) -> Vec<Interval> {
    let time = |minute: i32| {
        let seconds = u32::try_from(minute).unwrap_or(0) * 60;
        TimeOfDay::from_seconds(seconds).unwrap_or(TimeOfDay::END)
    };
    let read =
        |one: &api::WorkInterval| Interval { from: time(one.from_minute), to: time(one.to_minute) };
    intervals.iter().map(read).collect()
}
