//! An import that is interrupted, or that starts the suite itself on a busy machine, takes every row once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{City, ended, has_all, until};

/// Imports that run at the same time, each with a suite of its own.
const AT_ONCE: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_is_killed_goes_on_where_it_was() {
    let Some(city) = City::open() else { return };
    let (_server, callers) = city.serve().await;
    let mut command = city.begin(&city.file, &city.data(), &["--batch", &small(&city)]);
    until(async || progress(&city.file) * 3 >= city.count()).await;
    command.kill();
    let done = progress(&city.file);
    assert!((1..city.count()).contains(&done), "it was killed on the way: {done}");

    let [new, known, rejected] = city.import(&city.file, &[]).await.sums(city.count());
    assert!(known <= batch(&city), "only what was in the air is known already: {known}");
    assert_eq!((new + known, rejected), (city.count(), 0));
    has_all(&city, &callers).await;
    assert_eq!(progress(&city.file), 0, "what was remembered is forgotten at the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_has_every_row_once_after_another_run() {
    let Some(city) = City::open() else { return };
    let (mut server, _) = city.serve().await;
    let command = city.begin(&city.file, &city.data(), &["--batch", &small(&city)]);
    until(async || progress(&city.file) * 3 >= city.count()).await;
    server.kill();
    let failed = ended(command).await;
    assert!(!failed.well, "{:#?}", failed.lines);
    let done = progress(&city.file);
    assert!((1..city.count()).contains(&done), "it was killed on the way: {done}");

    let (_server, callers) = city.serve().await;
    let [new, known, rejected] = city.import(&city.file, &[]).await.sums(city.count());
    assert_eq!((new + known, rejected), (city.count(), 0));
    has_all(&city, &callers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_server_runs_the_command_is_its_own_also_on_a_busy_machine() {
    let Some(city) = City::open() else { return };
    let busy = Arc::new(AtomicBool::new(true));
    let load: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let busy = Arc::clone(&busy);
            std::thread::spawn(move || while busy.load(Ordering::Relaxed) {})
        })
        .collect();
    let mut commands = Vec::new();
    for number in 0..AT_ONCE {
        let file = city.folder.join(&format!("{number}.csv"));
        std::fs::copy(&city.file, &file).unwrap();
        let data = city.folder.join(&format!("data-{number}"));
        commands.push(city.begin(&file, &data, &[]));
    }
    for command in commands {
        assert_eq!(ended(command).await.sums(city.count()), [city.count(), 0, 0]);
    }
    busy.store(false, Ordering::Relaxed);
    load.into_iter().for_each(|thread| thread.join().unwrap());
}

/// Rows of one call, so few that there are many calls.
fn batch(city: &City) -> usize {
    (city.count() / 60).max(1)
}

fn small(city: &City) -> String {
    batch(city).to_string()
}

/// The lines that a run remembers as answered.
fn progress(file: &Path) -> usize {
    let mut path = file.as_os_str().to_owned();
    path.push(".progress");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let remembered: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    remembered["sums"]["lines"].as_u64().unwrap_or_default().try_into().unwrap()
}
