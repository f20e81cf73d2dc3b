//! Searching: segment by segment, newest first, until the page is full or enough was looked at.

use std::collections::HashSet;
use std::sync::Arc;

use kefu_kernel::Timestamp;
use sea_orm::sea_query::{ColumnRef, Expr, ExprTrait, SelectStatement, Value};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};
use uuid::Uuid;

use super::analyse::Class;
use super::index::numbered;
use super::query::{Dialect, FTS5, TSQUERY, Term};
use super::segment;
use super::tables::Names;
use super::{Index, Query};

/// How many hits of the index one search looks at; what is then missing is told.
pub const CANDIDATES: usize = 20_000;
/// How many candidates are compared with the owner's rows in one statement.
const CHUNK: usize = 500;

/// What to search for, and among what.
#[derive(Clone, Debug)]
pub struct Find {
    query: Arc<Query>,
    limit: usize,
    after: Option<Position>,
    facets: Option<Vec<String>>,
    within: Option<(SelectStatement, ColumnRef)>,
}

/// A document's place among the hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its time.
    pub at: Timestamp,
    /// Its id, which decides between documents of one time.
    pub id: Uuid,
}

/// What was found, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Ids of documents.
    pub ids: Vec<Uuid>,
    /// Where to go on; none: that was all.
    pub next: Option<Position>,
    /// The search stopped at [`CANDIDATES`] before the page was full; going on from `next` may find
    /// more.
    pub incomplete: bool,
}

impl Find {
    /// At most `limit` documents that match.
    pub fn new(query: Arc<Query>, limit: usize) -> Self {
        Self { query, limit, after: None, facets: None, within: None }
    }

    /// Only what comes after this place.
    #[must_use]
    pub fn after(mut self, after: Option<Position>) -> Self {
        self.after = after;
        self
    }

    /// Only documents with one of these facets.
    #[must_use]
    pub fn with_facets(mut self, facets: Vec<String>) -> Self {
        self.facets = Some(facets);
        self
    }

    /// Only documents whose id is among those that `ids` selects; `id` is the column it selects.
    #[must_use]
    pub fn within(mut self, ids: SelectStatement, id: ColumnRef) -> Self {
        self.within = Some((ids, id));
        self
    }
}

impl Index {
    /// Searches.
    pub async fn find(&self, reader: &impl ConnectionTrait, find: &Find) -> Result<Hits, DbErr> {
        if find.facets.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Hits::default());
        }
        let mut walk = Walk { find, found: Vec::new(), looked_at: 0, last: find.after };
        let segments = self.segments(reader, find.after).await?;
        let terms = find.query.size() + find.facets.as_ref().map_or(0, Vec::len);
        for step in segment::steps(&segments, terms) {
            let matching = matching(dialect(reader.get_database_backend()), find, step);
            loop {
                let wanted = walk.wanted();
                let hits = self.candidates(reader, &matching, walk.last, wanted).await?;
                walk.take(reader, &hits).await?;
                if let Some(end) = walk.end() {
                    return Ok(end);
                }
                if hits.len() < wanted {
                    break;
                }
            }
        }
        Ok(Hits { ids: walk.ids(), next: None, incomplete: false })
    }

    /// The segments that have documents, newest first.
    async fn segments(
        &self,
        reader: &impl ConnectionTrait,
        after: Option<Position>,
    ) -> Result<Vec<i64>, DbErr> {
        let backend = reader.get_database_backend();
        let Names { segments, .. } = self.names();
        let sql = format!(
            "SELECT \"segment\" FROM \"{segments}\" WHERE \"segment\" <= {} \
             ORDER BY \"segment\" DESC",
            numbered(backend, 1)
        );
        let newest = after.map_or(i64::MAX, |after| segment::of(after.at));
        let statement = Statement::from_sql_and_values(backend, sql, [newest.into()]);
        let rows = reader.query_all_raw(statement).await?;
        rows.iter().map(|row| row.try_get_by_index(0)).collect()
    }

    /// The next documents of some segments that match, newest first.
    async fn candidates(
        &self,
        reader: &impl ConnectionTrait,
        matching: &str,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Position>, DbErr> {
        let backend = reader.get_database_backend();
        let Names { table, words, .. } = self.names();
        let (from, matches) = match backend {
            DbBackend::Postgres => {
                (format!("\"{table}\" AS d"), "d.\"terms\" @@ CAST($1 AS tsquery)".to_owned())
            }
            _ => (
                format!("\"{words}\" AS w CROSS JOIN \"{table}\" AS d ON d.\"key\" = w.\"rowid\""),
                format!("\"{words}\" MATCH ?1"),
            ),
        };
        let mut values: Vec<Value> = vec![matching.into()];
        let mut place = String::new();
        if let Some(Position { at, id }) = after {
            let (at_place, id_place) = (numbered(backend, 2), numbered(backend, 3));
            place = format!(" AND (d.\"at\", d.\"id\") < ({at_place}, {id_place})");
            values.extend([at.as_millis().into(), id.into()]);
        }
        let sql = format!(
            "SELECT d.\"at\", d.\"id\" FROM {from} WHERE {matches}{place} \
             ORDER BY d.\"at\" DESC, d.\"id\" DESC LIMIT {limit}"
        );
        let rows =
            reader.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        rows.iter().map(position).collect()
    }
}

/// A search under way.
struct Walk<'a> {
    find: &'a Find,
    /// One more than the page, where there are so many.
    found: Vec<Position>,
    looked_at: usize,
    /// The last candidate looked at.
    last: Option<Position>,
}

impl Walk<'_> {
    /// How many candidates to read next: what the page lacks, or more where some will not do.
    fn wanted(&self) -> usize {
        let lacking = self.find.limit + 1 - self.found.len();
        match self.find.within {
            None => lacking,
            Some(_) => {
                let more = (2 * self.looked_at).clamp(CHUNK, 10 * CHUNK).max(lacking);
                more.min(CANDIDATES - self.looked_at)
            }
        }
    }

    /// Keeps what the owner's rows confirm.
    async fn take(
        &mut self,
        reader: &impl ConnectionTrait,
        candidates: &[Position],
    ) -> Result<(), DbErr> {
        for chunk in candidates.chunks(CHUNK) {
            if self.found.len() > self.find.limit {
                break;
            }
            let kept = self.confirmed(reader, chunk).await?;
            let lacking = self.find.limit + 1 - self.found.len();
            let confirmed =
                chunk.iter().filter(|hit| kept.as_ref().is_none_or(|kept| kept.contains(&hit.id)));
            self.found.extend(confirmed.take(lacking));
            self.looked_at += chunk.len();
            self.last = chunk.last().copied();
        }
        Ok(())
    }

    /// Which of the candidates the owner's rows confirm; none: all.
    async fn confirmed(
        &self,
        reader: &impl ConnectionTrait,
        chunk: &[Position],
    ) -> Result<Option<HashSet<Uuid>>, DbErr> {
        let Some((ids, id)) = &self.find.within else { return Ok(None) };
        let mut select = ids.clone();
        select.and_where(Expr::column(id.clone()).is_in(chunk.iter().map(|hit| hit.id)));
        let rows = reader.query_all(&select).await?;
        rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>().map(Some)
    }

    /// What to answer, where the search is at its end before all segments were walked.
    fn end(&self) -> Option<Hits> {
        if self.found.len() > self.find.limit {
            let next = self.found[..self.find.limit].last().copied();
            return Some(Hits { ids: self.ids(), next, incomplete: false });
        }
        let exhausted = self.find.within.is_some() && self.looked_at >= CANDIDATES;
        exhausted.then(|| Hits { ids: self.ids(), next: self.last, incomplete: true })
    }

    fn ids(&self) -> Vec<Uuid> {
        self.found.iter().take(self.find.limit).map(|hit| hit.id).collect()
    }
}

fn position(row: &QueryResult) -> Result<Position, DbErr> {
    let at = Timestamp::from_millis(row.try_get_by_index(0)?);
    Ok(Position { at, id: row.try_get_by_index(1)? })
}

fn dialect(backend: DbBackend) -> &'static Dialect {
    match backend {
        DbBackend::Postgres => &TSQUERY,
        _ => &FTS5,
    }
}

/// The query over some segments: any of them, all of its clauses, any of the facets.
fn matching(dialect: &Dialect, find: &Find, segments: &[i64]) -> String {
    let per_segment = segments.iter().map(|segment| {
        let words = find.query.render(dialect, *segment);
        let facets: Vec<String> = find
            .facets
            .iter()
            .flatten()
            .map(|facet| {
                let term = Term { text: Class::Facet.term(facet), prefix: false };
                dialect.term(*segment, &term)
            })
            .collect();
        match facets.is_empty() {
            true => format!("({words})"),
            false => format!("({words}{}({}))", dialect.and, facets.join(dialect.or)),
        }
    });
    per_segment.collect::<Vec<_>>().join(dialect.or)
}
