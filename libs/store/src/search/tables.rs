//! The tables of an index, for its owner's migrations.

use sea_orm::DbBackend;

use super::Index;

impl Index {
    /// The statements that make the index's tables:
    ///
    /// ```ignore
    /// TICKETS.create(schema.backend()).into_iter().for_each(|sql| drop(schema.sql(sql)));
    /// ```
    pub fn create(&self, backend: DbBackend) -> Vec<String> {
        let Names { table, words, segments } = self.names();
        let segment_table =
            format!("CREATE TABLE \"{segments}\" (\"segment\" BIGINT NOT NULL PRIMARY KEY)");
        if backend == DbBackend::Postgres {
            return vec![
                format!(
                    "CREATE TABLE \"{table}\" (\"id\" uuid NOT NULL PRIMARY KEY, \
                     \"at\" bigint NOT NULL, \"version\" bigint NOT NULL, \
                     \"terms\" tsvector NOT NULL)"
                ),
                // What waits to be sorted in is read by every search: kept short.
                format!(
                    "CREATE INDEX \"{words}\" ON \"{table}\" USING gin (\"terms\") \
                     WITH (gin_pending_list_limit = 512)"
                ),
                segment_table,
            ];
        }
        let forget = format!(
            "INSERT INTO \"{words}\" (\"{words}\", \"rowid\", \"terms\") \
             VALUES ('delete', old.\"key\", old.\"terms\")"
        );
        let learn = format!(
            "INSERT INTO \"{words}\" (\"rowid\", \"terms\") VALUES (new.\"key\", new.\"terms\")"
        );
        vec![
            format!(
                "CREATE TABLE \"{table}\" (\"key\" INTEGER PRIMARY KEY, \
                 \"id\" BLOB NOT NULL UNIQUE, \"at\" INTEGER NOT NULL, \
                 \"version\" INTEGER NOT NULL, \"terms\" TEXT NOT NULL)"
            ),
            // The ascii tokenizer splits at spaces and leaves everything beyond ASCII alone.
            format!(
                "CREATE VIRTUAL TABLE \"{words}\" USING fts5(\"terms\", content = '{table}', \
                 content_rowid = 'key', tokenize = 'ascii', detail = 'none')"
            ),
            // What is erased goes at once, not with some later merge.
            format!("INSERT INTO \"{words}\" (\"{words}\", \"rank\") VALUES ('secure-delete', 1)"),
            format!(
                "CREATE TRIGGER \"{table}_inserted\" AFTER INSERT ON \"{table}\" \
                 BEGIN {learn}; END"
            ),
            format!(
                "CREATE TRIGGER \"{table}_deleted\" AFTER DELETE ON \"{table}\" BEGIN {forget}; END"
            ),
            format!(
                "CREATE TRIGGER \"{table}_updated\" AFTER UPDATE ON \"{table}\" \
                 BEGIN {forget}; {learn}; END"
            ),
            segment_table,
        ]
    }

    /// The statements that remove them.
    pub fn drop(&self, backend: DbBackend) -> Vec<String> {
        let Names { table, words, segments } = self.names();
        let mut statements = Vec::new();
        if backend != DbBackend::Postgres {
            statements.push(format!("DROP TABLE \"{words}\""));
        }
        statements.push(format!("DROP TABLE \"{table}\""));
        statements.push(format!("DROP TABLE \"{segments}\""));
        statements
    }

    pub(super) fn names(&self) -> Names {
        let table = format!("{}_search", self.name);
        Names { words: format!("{table}_words"), segments: format!("{table}_segment"), table }
    }
}

/// What an index's tables are called.
pub(super) struct Names {
    /// A row per document.
    pub table: String,
    /// PostgreSQL: the GIN index; SQLite: the FTS5 table.
    pub words: String,
    /// The segments that have documents.
    pub segments: String,
}
