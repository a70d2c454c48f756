//! Lists the files below `scenarios/`, so that the crate can embed them.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../scenarios");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    // By id rather than by path: `-` comes before `/`, which comes before `.`.
    files.sort_by_key(|file| file.with_extension(""));

    let mut list = String::from("&[");
    for file in &files {
        let relative = file.strip_prefix(&root).expect("it was found below the root");
        let relative: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        let relative = relative.join("/");
        let id = relative.trim_end_matches(".yaml");
        let absolute = file.canonicalize()?.display().to_string();
        let _ = write!(
            list,
            "Source {{ id: {id:?}, path: {:?}, text: include_str!({absolute:?}) }},",
            format!("scenarios/{relative}"),
        );
    }
    list.push(']');
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("embedded.rs"), list)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    Ok(())
}
