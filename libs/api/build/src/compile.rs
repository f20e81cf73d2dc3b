//! Protos → descriptors → Rust files in `OUT_DIR`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use prost::Message;
use prost_reflect::DescriptorPool;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

use crate::code::Code;
use crate::model::Model;
use crate::{conventions, facts, names, requests, validate};

/// Generates everything of one package: messages, clients, servers, validation.
pub fn build(package: &str) -> Result<()> {
    Build::new(package).run()
}

/// Generates the messages of a package that has no RPCs and needs no validation: pure data; of events, what
/// folding and writing them needs.
pub fn build_data(package: &str) -> Result<()> {
    Build { data: true, ..Build::new(package) }.run()
}

/// What is generated, from where and to where.
pub struct Build {
    package: String,
    data: bool,
    folders: Vec<PathBuf>,
    output: PathBuf,
}

impl Build {
    /// One package of the workspace's `proto/`, into `OUT_DIR`.
    pub fn new(package: &str) -> Self {
        Self {
            package: package.to_owned(),
            data: false,
            folders: Vec::new(),
            output: PathBuf::new(),
        }
    }

    /// Also looks for protos in `folder`, before `proto/`: for packages that only tests have.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// Writes into this folder of `OUT_DIR`.
    #[must_use]
    pub fn output(mut self, folder: impl Into<PathBuf>) -> Self {
        self.output = folder.into();
        self
    }

    /// Generates `api.rs`, to be included at the crate's root, and what it includes.
    pub fn run(self) -> Result<()> {
        let out_dir = env::var_os("OUT_DIR").context("OUT_DIR is set for build scripts")?;
        let out_dir = Path::new(&out_dir).join(&self.output);
        let servers = out_dir.join("servers");
        fs::create_dir_all(&servers)?;
        let compiled = Compiled::open(&self.package, self.folders)?;
        fs::write(out_dir.join("descriptors.binpb"), &compiled.encoded)?;

        let clients = compiled.builder(&[])?.build_server(false).out_dir(&out_dir);
        clients.compile_fds_with_config(compiled.kefu_files(), config())?;
        let mut modules = vec![format!("{}.rs", self.package)];
        let pool = DescriptorPool::decode(&*compiled.encoded)?;
        if self.data {
            let mut code = Code::default();
            facts::generate(&self.package, &pool, &mut code)?;
            fs::write(out_dir.join("facts.rs"), code.into_text())?;
            modules.push("facts.rs".to_owned());
        } else {
            let model = Model::new(&self.package, pool);
            conventions::check(&model)?;
            let own = (format!(".{}", self.package), "crate::v1".to_owned());
            let builder = compiled.builder(&[own])?.build_client(false).out_dir(&servers);
            let builder = builder.codec_path("::kefu_api_common::ValidatingCodec");
            builder.compile_fds_with_config(compiled.kefu_files(), config())?;
            if model.services().next().is_some() {
                modules.push(format!("servers/{}.rs", self.package));
            }
            fs::write(out_dir.join("requests.rs"), request_code(&model)?)?;
            modules.push("requests.rs".to_owned());
        }
        fs::write(out_dir.join("api.rs"), root(&self.package, &out_dir, &modules))?;
        Ok(())
    }
}

/// What is generated for requests beside prost's own code.
pub fn request_code(model: &Model) -> Result<String> {
    let mut code = Code::default();
    validate::generate(model, &mut code)?;
    requests::generate(model, &mut code)?;
    Ok(code.into_text())
}

/// A package and its imports as descriptors.
struct Compiled {
    package: String,
    encoded: Vec<u8>,
    files: FileDescriptorSet,
}

impl Compiled {
    fn open(package: &str, mut folders: Vec<PathBuf>) -> Result<Self> {
        folders.push(proto_root()?);
        let mut compiler = protox::Compiler::new(&folders)?;
        compiler.include_imports(true).include_source_info(true);
        for file in proto_files(&folders, package)? {
            compiler.open_file(file)?;
        }
        for file in compiler.files().filter_map(|file| file.path()) {
            println!("cargo:rerun-if-changed={}", file.display());
        }
        // Encoded by protox itself: a set that goes through prost-types loses every option of ours.
        let encoded = compiler.encode_file_descriptor_set();
        let files = FileDescriptorSet::decode(encoded.as_slice())?;
        Ok(Self { package: package.to_owned(), encoded, files })
    }

    /// The files that have Rust code: ours and google.protobuf, which prost-types has. Options and
    /// their rules are read, not compiled.
    fn kefu_files(&self) -> FileDescriptorSet {
        let ours = |file: &&FileDescriptorProto| {
            file.package().starts_with("kefu.") || file.package() == "google.protobuf"
        };
        FileDescriptorSet { file: self.files.file.iter().filter(ours).cloned().collect() }
    }

    /// A generator that finds other packages in their crates, and `more` where it says.
    fn builder(&self, more: &[(String, String)]) -> Result<tonic_prost_build::Builder> {
        let mut builder = tonic_prost_build::configure().btree_map(".").build_transport(false);
        let packages: BTreeSet<&str> = self.files.file.iter().map(|file| file.package()).collect();
        for package in packages {
            if package != self.package && package.starts_with("kefu.") {
                builder = builder.extern_path(format!(".{package}"), names::crate_path(package)?);
            }
        }
        for (proto, rust) in more {
            builder = builder.extern_path(proto, rust);
        }
        Ok(builder)
    }
}

/// Messages know their full names, which events are sent under.
fn config() -> prost_build::Config {
    let mut config = prost_build::Config::new();
    config.enable_type_names().type_name_domain(["."], "type.googleapis.com");
    config
}

/// The file that the crate's root includes.
fn root(package: &str, out_dir: &Path, modules: &[String]) -> String {
    let include = |file: &String| format!("    include!({:?});\n", out_dir.join(file));
    let includes: String = modules.iter().map(include).collect();
    let descriptors = out_dir.join("descriptors.binpb");
    format!(
        "/// The package's descriptors with everything they import: options, comments and rules kept.\n\
         pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!({descriptors:?});\n\n\
         /// The package `{package}`.\n\
         #[allow(clippy::all, clippy::pedantic, clippy::allow_attributes, rust_2018_idioms, unused)]\n\
         pub mod v1 {{\n{includes}}}\n",
    )
}

/// The folder `proto/` of the workspace: the nearest one above the crate that is built.
fn proto_root() -> Result<PathBuf> {
    let start = env::var_os("CARGO_MANIFEST_DIR").context("cargo names the crate's folder")?;
    let start = PathBuf::from(start);
    let found = start.ancestors().map(|folder| folder.join("proto")).find(|path| path.is_dir());
    found.with_context(|| format!("no folder proto/ above {}", start.display()))
}

/// The package's files in the first folder that has it, in order of name; new ones are noticed.
fn proto_files(folders: &[PathBuf], package: &str) -> Result<Vec<PathBuf>> {
    let inside = package.replace('.', "/");
    let folder = folders.iter().map(|folder| folder.join(&inside)).find(|folder| folder.is_dir());
    let folder = folder.with_context(|| format!("no folder {inside} of protos"))?;
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    ensure!(!files.is_empty(), "no protos in {}", folder.display());
    files.sort();
    Ok(files)
}
