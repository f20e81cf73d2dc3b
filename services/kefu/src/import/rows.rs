//! From a line of the file to a row of `ImportTickets`, with everything that is wrong with it.

use std::collections::HashMap;

use anyhow::{Context, bail, ensure};
use csv::StringRecord;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use kefu_api_tickets::v1::import_row::End;
use kefu_api_tickets::v1::{ImportRow, ImportedSolution, Requester};
use prost_types::Timestamp;

use super::map::{Map, Standing, code};

/// Makes rows of a file's lines.
pub struct Rows {
    map: Map,
    zone: TimeZone,
    places: HashMap<String, usize>,
    width: usize,
    /// Department ids by code; empty for one that a real run would make.
    pub departments: HashMap<String, String>,
}

impl Rows {
    /// Checks that the file has the columns that the map names.
    pub fn new(map: Map, headers: &StringRecord) -> anyhow::Result<Self> {
        let places: HashMap<String, usize> = headers
            .iter()
            .enumerate()
            .map(|(place, name)| (name.trim().to_owned(), place))
            .collect();
        let missing: Vec<&str> =
            map.columns.named().filter(|name| !places.contains_key(*name)).collect();
        ensure!(missing.is_empty(), "the file has no column {}", missing.join(", "));
        let zone = map.time_zone()?;
        Ok(Self { map, zone, places, width: headers.len(), departments: HashMap::new() })
    }

    /// The code and name of a line's department.
    pub fn department(&self, line: &StringRecord) -> Option<(String, String)> {
        let code = code(self.value(line, self.map.columns.department.as_deref())?);
        let name = self.value(line, self.map.columns.department_name.as_deref());
        let name = name.map_or_else(|| code.clone(), str::to_owned);
        (!code.is_empty()).then_some((code, name))
    }

    /// The row that a line stands for, or everything that is wrong with it.
    pub fn row(&self, line: &StringRecord) -> Result<ImportRow, Vec<String>> {
        if line.len() != self.width {
            // Which value belongs to which column is not known.
            return Err(vec![format!(
                "{} columns where the header has {}",
                line.len(),
                self.width
            )]);
        }
        let columns = &self.map.columns;
        let mut wrong = Vec::new();
        let text = |name: Option<&str>| self.value(line, name).unwrap_or_default().to_owned();
        let created_at = sound(self.time(line, Some(&columns.created_at)), &mut wrong);
        let due_at = sound(self.time(line, columns.due_at.as_deref()), &mut wrong);
        let end = sound(self.end(line), &mut wrong);
        let department_id = match self.department(line) {
            None => None,
            Some((code, _)) => match self.departments.get(&code) {
                Some(id) => Some(id.clone()).filter(|id| !id.is_empty()),
                None => {
                    wrong.push(format!("there is no department `{code}` (--create-departments)"));
                    None
                }
            },
        };
        let subject = self
            .value(line, Some(&columns.subject))
            .or_else(|| self.value(line, columns.subject_or.as_deref()))
            .unwrap_or_default();
        let requester = Requester {
            name: text(columns.requester_name.as_deref()),
            phone: text(columns.requester_phone.as_deref()),
            email: text(columns.requester_email.as_deref()),
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(ImportRow {
            source: self.map.source.clone(),
            external_id: text(Some(&columns.external_id)),
            r#type: self.map.r#type.clone(),
            channel: self.map.channel(self.value(line, columns.channel.as_deref())).into(),
            subject: subject.to_owned(),
            description: text(columns.description.as_deref()),
            requester: Some(requester),
            language: self.map.language.clone(),
            cause: self.value(line, columns.cause.as_deref()).map(code).unwrap_or_default(),
            department_id,
            created_at,
            due_at,
            end,
            resolution_text: text(columns.resolution_text.as_deref()),
            ..ImportRow::default()
        })
    }

    /// How the row ended; none where it has not.
    fn end(&self, line: &StringRecord) -> anyhow::Result<Option<End>> {
        let columns = &self.map.columns;
        let status = self.value(line, columns.status.as_deref());
        let shown = format!("{}: `{}`", name(&columns.status), status.unwrap_or_default());
        let standing = self.map.standing(status);
        let standing = standing.with_context(|| format!("{shown} is not named by the map"))?;
        if standing == Standing::Open {
            return Ok(None);
        }
        let solved_at = self.time(line, columns.solved_at.as_deref())?;
        ensure!(solved_at.is_some(), "{}: is empty, and {shown}", name(&columns.solved_at));
        let closed = standing == Standing::Closed;
        Ok(Some(End::Solved(ImportedSolution { solved_at, closed, resolution: String::new() })))
    }

    /// A column's value; none where it is empty or not named.
    fn value<'l>(&self, line: &'l StringRecord, column: Option<&str>) -> Option<&'l str> {
        let place = self.places.get(column?)?;
        line.get(*place).map(str::trim).filter(|value| !value.is_empty())
    }

    fn time(&self, line: &StringRecord, column: Option<&str>) -> anyhow::Result<Option<Timestamp>> {
        let Some(value) = self.value(line, column) else { return Ok(None) };
        let name = column.unwrap_or_default();
        let Ok(civil) = DateTime::strptime(&self.map.time_format, value) else {
            bail!("{name}: `{value}` is no time of the form {}", self.map.time_format);
        };
        // In the hour that comes twice, the first of the two.
        let zoned = civil.to_zoned(self.zone.clone());
        let instant = zoned.with_context(|| format!("{name}: `{value}`"))?.timestamp();
        Ok(Some(Timestamp { seconds: instant.as_second(), nanos: instant.subsec_nanosecond() }))
    }
}

/// What could be read, if anything; else what is wrong is added to the rest.
fn sound<T>(read: anyhow::Result<Option<T>>, wrong: &mut Vec<String>) -> Option<T> {
    read.unwrap_or_else(|error| {
        wrong.push(format!("{error:#}"));
        None
    })
}

fn name(column: &Option<String>) -> &str {
    column.as_deref().unwrap_or_default()
}

impl super::map::Columns {
    /// All columns that are named.
    fn named(&self) -> impl Iterator<Item = &str> {
        let optional = [
            &self.due_at,
            &self.department,
            &self.department_name,
            &self.cause,
            &self.subject_or,
            &self.description,
            &self.channel,
            &self.status,
            &self.solved_at,
            &self.resolution_text,
            &self.requester_name,
            &self.requester_phone,
            &self.requester_email,
        ];
        let always = [&self.external_id, &self.created_at, &self.subject];
        always.into_iter().chain(optional.into_iter().flatten()).map(String::as_str)
    }
}
