//! The inputs that the fuzz targets start from, and those that once were a mistake, through the same functions.

use std::fs;
use std::path::Path;

use super::checks::CHECKS;

#[test]
fn what_must_hold_for_any_bytes_holds_for_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, check) in CHECKS {
        let folder = corpus.join(name);
        let files = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{}", folder.display()));
        let mut count = 0;
        for file in files {
            check(&fs::read(file.unwrap().path()).unwrap());
            count += 1;
        }
        assert!(count >= 5, "{count} inputs in {}", folder.display());
    }
}

#[test]
fn what_must_hold_for_any_bytes_holds_for_the_corpus_changed_and_cut_off() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, check) in CHECKS {
        for file in fs::read_dir(corpus.join(name)).unwrap() {
            let whole = fs::read(file.unwrap().path()).unwrap();
            for place in 0..whole.len().min(300) {
                check(&whole[..place]);
                let mut changed = whole.clone();
                changed[place] = changed[place].wrapping_add(1);
                check(&changed);
            }
        }
    }
}
