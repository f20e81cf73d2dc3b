//! Rows that cannot be taken are named by line and reason, and kept; the rest is taken.

use std::collections::BTreeSet;

use csv::StringRecord;

use super::{City, listed};

/// Where the spoiled rows are, what is done to them, and what is said of them.
const SPOILED: [(usize, &str, &str, &str); 5] = [
    (2, "Created Date=yesterday", "UNREADABLE", "Created Date: `yesterday` is no time"),
    (11, "Unique Key=", "VALIDATION_FAILED", "external_id: "),
    (23, "Status=Vanished", "UNREADABLE", "Status: `Vanished` is not named by the map"),
    (37, "Descriptor=*", "VALIDATION_FAILED", "subject: "),
    (48, "", "UNREADABLE", "40 columns where the header has 41"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_cannot_be_taken_are_named_by_line_and_reason() {
    let Some(city) = City::open() else { return };
    let (_server, callers) = city.serve().await;
    let file = city.folder.join("spoiled.csv");
    let mut writer = csv::WriterBuilder::new().flexible(true).from_path(&file).unwrap();
    writer.write_record(&city.headers).unwrap();
    for (index, row) in city.rows.iter().enumerate() {
        let spoiled = SPOILED.iter().find(|(place, ..)| *place == index);
        let row = spoiled.map_or_else(|| row.clone(), |(_, how, ..)| spoil(&city, row, how));
        writer.write_record(&row).unwrap();
    }
    writer.flush().unwrap();
    let lines = lines(&file);

    let judged = city.import(&file, &["--batch", "7", "--dry-run"]).await;
    assert!(judged.lines.iter().any(|line| line.contains("5 rejected")), "{:#?}", judged.lines);
    assert_eq!(listed(&callers, "").await.len(), 0, "a dry run keeps nothing");

    let ended = city.import(&file, &["--batch", "7"]).await;
    assert_eq!(ended.sums(city.count()), [city.count() - 5, 0, 5]);
    let mut kept = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(city.folder.join("spoiled.csv.errors.csv"))
        .unwrap();
    let kept: Vec<StringRecord> = kept.records().map(Result::unwrap).collect();
    assert_eq!(kept.len(), 5, "{kept:?}");
    for ((place, _, reason, detail), kept) in SPOILED.iter().zip(kept) {
        let line = lines[*place].to_string();
        assert_eq!((&kept[0], &kept[1]), (line.as_str(), *reason));
        assert!(kept[2].starts_with(detail), "{kept:?}");
        let said = format!("line {line}: {reason}: {detail}");
        let told = ended.lines.iter().filter(|line| line.starts_with(&said)).count();
        assert_eq!(told, 1, "`{said}` in {:#?}", ended.lines);
    }
    let named = ended.lines.iter().filter(|line| line.starts_with("line ")).count();
    assert_eq!(named, 5);
    let spoiled: BTreeSet<&str> =
        SPOILED.iter().map(|(place, ..)| city.value(&city.rows[*place], "Unique Key")).collect();
    let mut expected = city.keys();
    expected.retain(|key| !spoiled.contains(key.as_str()));
    let taken = listed(&callers, "source == \"nyc-311\"").await;
    assert_eq!(taken.into_keys().collect::<BTreeSet<_>>(), expected);

    // The same file as it should have been: only what was missing is new.
    let mended = city.import(&city.file, &[]).await;
    assert_eq!(mended.sums(city.count()), [5, city.count() - 5, 0]);
}

fn spoil(city: &City, row: &StringRecord, how: &str) -> StringRecord {
    let Some((column, value)) = how.split_once('=') else {
        return row.iter().take(row.len() - 1).collect();
    };
    let place = city.place(column);
    let value = if value == "*" { "too long ".repeat(60) } else { value.to_owned() };
    let values = row.iter().enumerate();
    values.map(|(index, old)| if index == place { value.as_str() } else { old }).collect()
}

/// The line in which each row begins.
fn lines(file: &std::path::Path) -> Vec<u64> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(file).unwrap();
    reader.records().map(|row| row.unwrap().position().unwrap().line()).collect()
}
