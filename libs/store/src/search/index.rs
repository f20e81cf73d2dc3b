//! Writing documents into an index. Everything runs inside the caller's write transaction.

use std::collections::{BTreeMap, BTreeSet};

use kefu_kernel::Timestamp;
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use uuid::Uuid;

use super::analyse::{self, Class, Language};
use super::segment;
use super::tables::Names;

/// The search index of one kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    pub(super) name: &'static str,
}

/// A document to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The resource's id.
    pub id: Uuid,
    /// What orders the hits, newest first: when the resource was created.
    pub at: Timestamp,
    /// The resource's version; an older one never replaces a newer one.
    pub version: i64,
    /// The texts' language, where it is known.
    pub language: Option<Language>,
    /// Everything that is searched; the most important first.
    pub texts: Vec<String>,
    /// Marks that a search can be restricted to inside the index, such as a branch's id: letters and
    /// digits, other signs do not count.
    pub facets: Vec<String>,
}

/// Texts that a document has besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The resource's id.
    pub id: Uuid,
    /// The resource's version with them.
    pub version: i64,
    /// The document's language, where it is known.
    pub language: Option<Language>,
    /// The texts.
    pub texts: Vec<String>,
}

/// How many documents one statement takes.
const CHUNK: usize = 256;

impl Index {
    /// The index of a kind of resource; `name` is in lower-case letters and underscores.
    pub const fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// Inserts or replaces documents, each as a whole.
    pub async fn put(
        &self,
        tx: &impl ConnectionTrait,
        documents: &[Document],
    ) -> Result<(), DbErr> {
        let mut newest: BTreeMap<Uuid, &Document> = BTreeMap::new();
        for document in documents {
            let known = newest.entry(document.id).or_insert(document);
            if known.version <= document.version {
                *known = document;
            }
        }
        let rows: Vec<Row> = newest.into_values().map(Row::of).collect();
        self.put_rows(tx, &rows).await
    }

    async fn put_rows(&self, tx: &impl ConnectionTrait, rows: &[Row]) -> Result<(), DbErr> {
        for rows in rows.chunks(CHUNK) {
            if tx.get_database_backend() == DbBackend::Postgres {
                self.put_postgres(tx, rows).await?;
            } else {
                self.put_sqlite(tx, rows).await?;
            }
        }
        Ok(())
    }

    /// Documents as they are kept.
    async fn rows(&self, tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Row>, DbErr> {
        let backend = tx.get_database_backend();
        let terms = match backend {
            DbBackend::Postgres => "array_to_string(tsvector_to_array(\"terms\"), ' ')",
            _ => "\"terms\"",
        };
        let places: Vec<String> = (1..=ids.len()).map(|number| numbered(backend, number)).collect();
        let sql = format!(
            "SELECT \"id\", \"at\", \"version\", {terms} FROM \"{}\" WHERE \"id\" IN ({})",
            self.names().table,
            places.join(", ")
        );
        let values = ids.iter().map(|id| Value::from(*id));
        let found = tx.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        found
            .iter()
            .map(|row| {
                let at: i64 = row.try_get_by_index(1)?;
                Ok(Row {
                    id: row.try_get_by_index(0)?,
                    at,
                    version: row.try_get_by_index(2)?,
                    segment: segment::of(Timestamp::from_millis(at)),
                    terms: row.try_get_by_index(3)?,
                })
            })
            .collect()
    }

    /// Adds texts to documents that are there; gives the ids of those that are not. What the document says
    /// already costs nothing more, and what is beyond the most that one holds is left out.
    pub async fn append(
        &self,
        tx: &impl ConnectionTrait,
        additions: &[Addition],
    ) -> Result<Vec<Uuid>, DbErr> {
        let mut by_id: BTreeMap<Uuid, Vec<&Addition>> = BTreeMap::new();
        for addition in additions {
            by_id.entry(addition.id).or_default().push(addition);
        }
        let mut changed = Vec::new();
        let ids: Vec<Uuid> = by_id.keys().copied().collect();
        for ids in ids.chunks(CHUNK) {
            for mut row in self.rows(tx, ids).await? {
                let Some(additions) = by_id.remove(&row.id) else { continue };
                if row.extend(&additions) {
                    changed.push(row);
                }
            }
        }
        self.put_rows(tx, &changed).await?;
        Ok(by_id.into_keys().collect())
    }

    /// Removes documents, terms included.
    pub async fn erase(&self, tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), DbErr> {
        let backend = tx.get_database_backend();
        let Names { table, .. } = self.names();
        for ids in ids.chunks(CHUNK) {
            let places: Vec<String> =
                (1..=ids.len()).map(|number| numbered(backend, number)).collect();
            let sql = format!("DELETE FROM \"{table}\" WHERE \"id\" IN ({})", places.join(", "));
            let values = ids.iter().map(|id| Value::from(*id));
            tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        }
        Ok(())
    }

    /// One text per column carries all rows; ids, numbers and terms hold neither spaces nor line ends.
    async fn put_postgres(&self, tx: &impl ConnectionTrait, rows: &[Row]) -> Result<(), DbErr> {
        let Names { table, segments, .. } = self.names();
        let run = |sql, values: Vec<Value>| {
            tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values))
        };
        let sql = format!(
            "INSERT INTO \"{segments}\" (\"segment\") \
             SELECT UNNEST(string_to_array($1, ' ')::bigint[]) ON CONFLICT DO NOTHING"
        );
        let numbers: BTreeSet<i64> = rows.iter().map(|row| row.segment).collect();
        run(sql, vec![joined(numbers, " ")]).await?;
        let sql = format!(
            "INSERT INTO \"{table}\" (\"id\", \"at\", \"version\", \"terms\") \
             SELECT d.id, d.at, d.version, \
                 array_to_tsvector(string_to_array(COALESCE(d.terms, ''), ' ')) \
             FROM UNNEST(string_to_array($1, ' ')::uuid[], string_to_array($2, ' ')::bigint[], \
                 string_to_array($3, ' ')::bigint[], string_to_array($4, E'\\n')) \
                 AS d(id, at, version, terms) \
             ON CONFLICT (\"id\") DO UPDATE SET \"at\" = excluded.\"at\", \
                 \"version\" = excluded.\"version\", \"terms\" = excluded.\"terms\" \
             WHERE \"{table}\".\"version\" <= excluded.\"version\""
        );
        let values = vec![
            joined(rows.iter().map(|row| row.id), " "),
            joined(rows.iter().map(|row| row.at), " "),
            joined(rows.iter().map(|row| row.version), " "),
            joined(rows.iter().map(|row| &row.terms), "\n"),
        ];
        run(sql, values).await.map(|_| ())
    }

    async fn put_sqlite(&self, tx: &impl ConnectionTrait, rows: &[Row]) -> Result<(), DbErr> {
        let Names { table, segments, .. } = self.names();
        let run = |sql: &str, values: Vec<Value>| {
            tx.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values))
        };
        let learn = format!("INSERT INTO \"{segments}\" VALUES (?1) ON CONFLICT DO NOTHING");
        for number in rows.iter().map(|row| row.segment).collect::<BTreeSet<_>>() {
            run(&learn, vec![number.into()]).await?;
        }
        let put = format!(
            "INSERT INTO \"{table}\" (\"id\", \"at\", \"version\", \"terms\") \
             VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (\"id\") DO UPDATE SET \"at\" = excluded.\"at\", \
                 \"version\" = excluded.\"version\", \"terms\" = excluded.\"terms\" \
             WHERE \"{table}\".\"version\" <= excluded.\"version\""
        );
        for row in rows {
            let Row { id, at, version, terms, .. } = row;
            run(&put, vec![(*id).into(), (*at).into(), (*version).into(), terms.as_str().into()])
                .await?;
        }
        Ok(())
    }
}

/// A document as its table keeps it.
struct Row {
    id: Uuid,
    at: i64,
    version: i64,
    segment: i64,
    /// Each with its segment's number before it, divided by spaces.
    terms: String,
}

impl Row {
    fn of(document: &Document) -> Self {
        let segment = segment::of(document.at);
        let facets = document.facets.iter().map(|facet| Class::Facet.term(facet));
        let words = analyse::terms(&document.texts, document.language);
        let terms: Vec<String> =
            facets.chain(words).map(|term| format!("{segment}{term}")).collect();
        Self {
            id: document.id,
            at: document.at.as_millis(),
            version: document.version,
            segment,
            terms: terms.join(" "),
        }
    }
}

impl Row {
    /// Adds the terms of further texts; answers whether there were new ones.
    fn extend(&mut self, additions: &[&Addition]) -> bool {
        let segment = self.segment.to_string();
        let bare = |term: &str| term.strip_prefix(&segment).unwrap_or(term).to_owned();
        let known: Vec<String> = self.terms.split_whitespace().map(bare).collect();
        let before = known.len();
        let texts = additions.iter().map(|addition| (addition.texts.as_slice(), addition.language));
        let terms = analyse::more_terms(known, texts);
        let versions = additions.iter().map(|addition| addition.version);
        self.version = versions.fold(self.version, i64::max);
        for term in &terms[before..] {
            if !self.terms.is_empty() {
                self.terms.push(' ');
            }
            self.terms.push_str(&segment);
            self.terms.push_str(term);
        }
        terms.len() > before
    }
}

fn joined<T: ToString>(parts: impl IntoIterator<Item = T>, between: &str) -> Value {
    parts.into_iter().map(|part| part.to_string()).collect::<Vec<_>>().join(between).into()
}

pub(super) fn numbered(backend: DbBackend, number: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("${number}"),
        _ => format!("?{number}"),
    }
}
