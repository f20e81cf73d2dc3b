//! `kefu import tickets`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use csv::{Reader, StringRecord};
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_gateway::v1::identity_service_client::IdentityServiceClient;
use kefu_api_gateway::v1::{CreateDepartmentRequest, ListDepartmentsRequest, WhoAmIRequest};

use super::Args;
use super::errors::{self, Errors};
use super::map::Map;
use super::progress::{Memory, Sums, bar};
use super::rows::Rows;
use super::send::{Batch, Sender};
use crate::client::{Client, Transport, told};

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let map = Map::read(&args.map)?;
    let (lines, bytes, mut rows) = look(&args, map)?;
    let client = Client::open(&args.client).await?;
    let done = async {
        rows.departments = departments(&client.transport, &rows, &args).await?;
        take(&client.transport, &args, &rows, lines, bytes).await
    };
    let done = done.await;
    client.close().await;
    let sums = done?;
    let verb = if args.dry_run { "would be new" } else { "new" };
    println!(
        "{} of {lines} rows {verb}, {} known already, {} rejected",
        sums.accepted, sums.duplicate, sums.rejected
    );
    if sums.rejected > 0 {
        let path = errors_path(&args);
        for told in errors::first(&path)? {
            println!("{told}");
        }
        println!("the rejected rows and their reasons: {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The number of rows, the file's size, and what makes rows of lines.
fn look(args: &Args, map: Map) -> anyhow::Result<(u64, u64, Rows)> {
    let bytes = std::fs::metadata(&args.file)
        .with_context(|| format!("reading {}", args.file.display()))?
        .len();
    let mut reader = reader(args)?;
    let rows = Rows::new(map, reader.headers()?)?;
    let mut line = StringRecord::new();
    let mut lines = 0;
    while read(&mut reader, &mut line)?.is_some() {
        lines += 1;
    }
    Ok((lines, bytes, rows))
}

fn reader(args: &Args) -> anyhow::Result<Reader<File>> {
    csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(&args.file)
        .with_context(|| format!("reading {}", args.file.display()))
}

/// The next record; `Some(false)` for one that is not UTF-8 and stays empty.
fn read(reader: &mut Reader<File>, line: &mut StringRecord) -> anyhow::Result<Option<bool>> {
    match reader.read_record(line) {
        Ok(true) => Ok(Some(true)),
        Ok(false) => Ok(None),
        Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
            line.clear();
            Ok(Some(false))
        }
        Err(error) => Err(error.into()),
    }
}

/// The departments by code; with `--create-departments` those of the file that are missing are made.
async fn departments(
    transport: &Transport,
    rows: &Rows,
    args: &Args,
) -> anyhow::Result<HashMap<String, String>> {
    let mut directory = DirectoryServiceClient::new(transport.clone());
    let mut known = HashMap::new();
    let mut page_token = String::new();
    loop {
        let request = ListDepartmentsRequest { page_size: 1000, page_token, ..Default::default() };
        let page = directory.list_departments(request).await.map_err(|status| told(&status))?;
        let page = page.into_inner();
        known.extend(page.departments.into_iter().map(|one| (one.code, one.id)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if !args.create_departments {
        return Ok(known);
    }
    let mut reader = reader(args)?;
    let mut line = StringRecord::new();
    while read(&mut reader, &mut line)?.is_some() {
        let Some((code, name)) = rows.department(&line) else { continue };
        if let Entry::Vacant(missing) = known.entry(code) {
            if args.dry_run {
                // It would be there: the row is judged without it.
                missing.insert(String::new());
                continue;
            }
            let code = missing.key().clone();
            let request = CreateDepartmentRequest {
                request_id: format!("import-department-{code}").chars().take(64).collect(),
                code,
                name: name.chars().take(200).collect(),
                ..Default::default()
            };
            let made =
                directory.create_department(request).await.map_err(|status| told(&status))?;
            missing.insert(made.into_inner().id);
        }
    }
    Ok(known)
}

async fn take(
    transport: &Transport,
    args: &Args,
    rows: &Rows,
    lines: u64,
    bytes: u64,
) -> anyhow::Result<Sums> {
    let mut identity = IdentityServiceClient::new(transport.clone());
    let who = identity.who_am_i(WhoAmIRequest::default()).await.map_err(|status| told(&status))?;
    let principal = who.into_inner().principal_id;
    let memory = Memory::beside(&args.file, bytes, principal);
    let before = if args.from_start || args.dry_run { None } else { memory.recall() };
    let mut sums = before.clone().unwrap_or_default();
    let mut reader = reader(args)?;
    let headers = reader.headers()?.clone();
    // Where lines end with CR LF, the reader counts the LF with the line that follows.
    let windows = ends_lines_with_cr(&args.file)?;
    let kept = before.map(|before| before.error_bytes);
    let mut errors = Errors::open(errors_path(args), &headers, kept)?;
    let bar = bar(lines)?;
    let mut sender = Sender::new(transport, args.dry_run);
    let mut batch = Batch::default();
    let mut line = StringRecord::new();
    let mut number = 0;
    while let Some(readable) = read(&mut reader, &mut line)? {
        number += 1;
        if number <= sums.lines {
            continue;
        }
        let at = line.position().map_or(0, csv::Position::line) + u64::from(windows);
        match if readable { rows.row(&line) } else { Err(vec!["the line is not UTF-8".into()]) } {
            Ok(row) => batch.add(at, line.clone(), row),
            Err(wrong) => batch.reject(at, line.clone(), &wrong),
        }
        if batch.len() >= usize::from(args.batch) {
            sender.send(&mut batch, &mut errors, &mut sums).await?;
            sums.lines = number;
            if !args.dry_run {
                memory.keep(&sums)?;
            }
            bar.set_position(number);
        }
    }
    sender.send(&mut batch, &mut errors, &mut sums).await?;
    sums.lines = number;
    bar.finish();
    memory.forget();
    Ok(sums)
}

fn errors_path(args: &Args) -> PathBuf {
    args.errors.clone().unwrap_or_else(|| {
        let mut path = args.file.as_os_str().to_owned();
        path.push(".errors.csv");
        path.into()
    })
}

/// Whether the file's first line ends with CR LF.
fn ends_lines_with_cr(file: &std::path::Path) -> anyhow::Result<bool> {
    let mut first = Vec::new();
    std::io::BufRead::read_until(
        &mut std::io::BufReader::new(File::open(file)?),
        b'\n',
        &mut first,
    )?;
    Ok(first.ends_with(b"\r\n"))
}
