//! Protos → descriptors → Rust files in `OUT_DIR`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

use crate::names;

/// Generates everything of one package: messages, clients, servers, validation.
pub fn build(package: &str) -> Result<()> {
    Compilation::open(package)?.write()
}

/// Generates the messages of a package that has no RPCs and needs no validation: pure data.
pub fn build_data(package: &str) -> Result<()> {
    Compilation::open(package)?.write()
}

/// One package, compiled to descriptors.
struct Compilation {
    package: String,
    encoded: Vec<u8>,
    files: FileDescriptorSet,
    out_dir: PathBuf,
}

impl Compilation {
    fn open(package: &str) -> Result<Self> {
        let root = proto_root()?;
        let mut compiler = protox::Compiler::new([&root])?;
        compiler.include_imports(true).include_source_info(true);
        for file in proto_files(&root, package)? {
            compiler.open_file(file)?;
        }
        for file in compiler.files().filter_map(|file| file.path()) {
            println!("cargo:rerun-if-changed={}", file.display());
        }
        println!("cargo:rerun-if-changed={}", package_folder(&root, package).display());
        let encoded = compiler.encode_file_descriptor_set();
        let files = FileDescriptorSet::decode(encoded.as_slice())?;
        let out_dir = env::var_os("OUT_DIR").context("OUT_DIR is set for build scripts")?;
        Ok(Self { package: package.to_owned(), encoded, files, out_dir: out_dir.into() })
    }

    fn write(&self) -> Result<()> {
        fs::write(self.out_dir.join("descriptors.binpb"), &self.encoded)?;
        self.builder()
            .out_dir(&self.out_dir)
            .build_server(true)
            .compile_fds_with_config(self.kefu_files(), self.config())?;
        fs::write(self.out_dir.join("api.rs"), self.root_module())?;
        Ok(())
    }

    /// The files that have Rust code: ours and google.protobuf, which prost-types has. Options and
    /// their rules are read, not compiled.
    fn kefu_files(&self) -> FileDescriptorSet {
        let ours = |file: &&FileDescriptorProto| {
            file.package().starts_with("kefu.") || file.package() == "google.protobuf"
        };
        FileDescriptorSet { file: self.files.file.iter().filter(ours).cloned().collect() }
    }

    fn config(&self) -> prost_build::Config {
        let mut config = prost_build::Config::new();
        config.enable_type_names().type_name_domain(["."], "type.googleapis.com");
        config
    }

    fn builder(&self) -> tonic_prost_build::Builder {
        let mut builder = tonic_prost_build::configure().btree_map(".").build_transport(false);
        let packages: BTreeSet<&str> = self.files.file.iter().map(|file| file.package()).collect();
        for package in packages {
            if package != self.package && package.starts_with("kefu.") {
                let path = names::crate_path(package).expect("lint keeps package names in form");
                builder = builder.extern_path(format!(".{package}"), path);
            }
        }
        builder
    }

    fn root_module(&self) -> String {
        format!(
            "/// The package's descriptors with everything they import: options, comments and rules kept.\n\
             pub const FILE_DESCRIPTOR_SET: &[u8] =\n    \
             include_bytes!(concat!(env!(\"OUT_DIR\"), \"/descriptors.binpb\"));\n\n\
             /// The package `{package}`.\n\
             #[allow(clippy::all, clippy::pedantic, clippy::allow_attributes, rust_2018_idioms)]\n\
             pub mod v1 {{\n    include!(concat!(env!(\"OUT_DIR\"), \"/{package}.rs\"));\n}}\n",
            package = self.package
        )
    }
}

/// The folder `proto/` of the workspace: the nearest one above the crate that is built.
fn proto_root() -> Result<PathBuf> {
    let start = env::var_os("CARGO_MANIFEST_DIR").context("cargo names the crate's folder")?;
    let start = PathBuf::from(start);
    let found = start.ancestors().map(|folder| folder.join("proto")).find(|path| path.is_dir());
    found.with_context(|| format!("no folder proto/ above {}", start.display()))
}

/// The package's files, in order of name.
fn proto_files(root: &Path, package: &str) -> Result<Vec<PathBuf>> {
    let folder = package_folder(root, package);
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    ensure!(!files.is_empty(), "no protos in {}", folder.display());
    files.sort();
    Ok(files)
}

fn package_folder(root: &Path, package: &str) -> PathBuf {
    root.join(package.replace('.', "/"))
}
