//! Intent from comments.

/// Comments that speak to tools, not to us.
const PRAGMAS: [&str; 12] = [
    "type: ignore",
    "noqa",
    "pragma",
    "fmt:",
    "isort:",
    "pylint:",
    "pyright:",
    "mypy:",
    "ruff:",
    "flake8:",
    "nosec",
    "!",
];

/// What the comment behind the hole on its line says, else the comment lines right above the hole's line.
pub(super) fn from_comments(start: usize, end: usize, comments: &[(usize, usize)], source: &str) -> Option<String> {
    behind(end, comments, source).or_else(|| above(start, comments, source))
}

fn behind(end: usize, comments: &[(usize, usize)], source: &str) -> Option<String> {
    let &(start, stop) = comments.get(comments.partition_point(|&(start, _)| start < end))?;
    let same_line = !source[end..start].contains(['\n', '\r']);
    same_line.then(|| words(&source[start..stop])).flatten()
}

fn above(start: usize, comments: &[(usize, usize)], source: &str) -> Option<String> {
    let mut lines = Vec::new();
    let mut line = line_start(source, start);
    for &(start, stop) in comments[..comments.partition_point(|&(first, _)| first < start)].iter().rev() {
        let own = line_start(source, start);
        let adjacent = is_one_break(&source[stop.min(line)..line]) && source[own..start].trim().is_empty();
        if !adjacent {
            break;
        }
        lines.extend(words(&source[start..stop]));
        line = own;
    }
    lines.reverse();
    (!lines.is_empty()).then(|| lines.join(" "))
}

fn line_start(source: &str, offset: usize) -> usize {
    source[..offset].rfind(['\n', '\r']).map_or(0, |at| at + 1)
}

/// Whether nothing but one line break lies between a comment and the line below it. (The grammar counts a `\r` before
/// `\n` as part of the comment.)
fn is_one_break(between: &str) -> bool {
    matches!(between.trim_start_matches([' ', '\t']), "\n" | "\r\n" | "\r")
}

/// The words of a comment; None when it has none, or speaks to tools only.
fn words(comment: &str) -> Option<String> {
    let mut rest = comment;
    loop {
        let said = rest.trim_start_matches(['#', ':']).trim();
        let to_tools = PRAGMAS.iter().any(|pragma| said.starts_with(pragma));
        if !to_tools {
            return (!said.is_empty()).then(|| said.to_owned());
        }
        rest = &rest[1 + rest[1..].find(" #")? + 1..];
    }
}
