//! Idioms in which `...` stands for "no body", "no default" or "required" and nobody waits for a fill.

use tree_sitter::Node;

use crate::definitions::{class_of, decorators};
use crate::imports::Imports;
use crate::tree::{KindName, text};

/// Whether the function at the end of `path` is an overload, abstract, or a member of a Protocol.
pub(super) fn has_no_body(path: &[Node<'_>], imports: &Imports, source: &str) -> bool {
    let decorated = path.iter().rev().nth(1).filter(|outer| outer.kind_name() == "decorated_definition");
    let marked =
        decorated.is_some_and(|outer| decorators(*outer).any(|decorator| is_marker(decorator, imports, source)));
    marked || class_of(path).is_some_and(|class| is_protocol(class, imports, source))
}

fn is_marker(decorator: Node<'_>, imports: &Imports, source: &str) -> bool {
    let name = imports.resolve(decorator, source);
    let last = name.as_deref().and_then(|name| name.rsplit('.').next());
    matches!(
        last,
        Some("overload" | "abstractmethod" | "abstractproperty" | "abstractclassmethod" | "abstractstaticmethod")
    )
}

/// Whether a class lists `Protocol` or `Protocol[T]` among its bases.
pub(super) fn is_protocol(class: Node<'_>, imports: &Imports, source: &str) -> bool {
    let Some(bases) = class.child_by_field_name("superclasses") else { return false };
    bases.named_children(&mut bases.walk()).any(|base| {
        let named = if base.kind_name() == "subscript" { base.child_by_field_name("value") } else { Some(base) };
        let name = named.and_then(|named| imports.resolve(named, source));
        name.is_some_and(|name| name.rsplit('.').next() == Some("Protocol"))
    })
}

/// Whether the path runs through the branch of an `if TYPE_CHECKING:`.
pub(super) fn type_checking_only(path: &[Node<'_>], imports: &Imports, source: &str) -> bool {
    path.windows(2).any(|pair| {
        let taken = |field| pair[0].child_by_field_name(field);
        pair[0].kind_name() == "if_statement"
            && taken("consequence").is_some_and(|branch| branch.id() == pair[1].id())
            && taken("condition")
                .and_then(|condition| imports.resolve(condition, source))
                .is_some_and(|name| name.rsplit('.').next() == Some("TYPE_CHECKING"))
    })
}

/// Default value of a parameter, or value of a member, of something that is only declared.
pub(super) fn is_declared_default(path: &[Node<'_>], imports: &Imports, source: &str) -> bool {
    let parent = path[path.len() - 2];
    match parent.kind_name() {
        "default_parameter" | "typed_default_parameter" => {
            let function = path.iter().rposition(|node| node.kind_name() == "function_definition");
            function.is_some_and(|at| has_no_body(&path[..=at], imports, source))
        }
        "assignment" => class_of(&path[..path.len() - 1]).is_some_and(|class| is_protocol(class, imports, source)),
        _ => false,
    }
}

/// `Field(...)`, `Query(...)`, `typer.Option(...)`: "required" in pydantic, FastAPI and typer; and `type(...)`.
pub(super) fn is_required_marker(path: &[Node<'_>], imports: &Imports, source: &str) -> bool {
    let mut around = path.iter().rev().skip(1);
    let mut holder = around.next();
    if let Some(keyword) = holder.filter(|node| node.kind_name() == "keyword_argument") {
        if keyword.child_by_field_name("name").is_none_or(|name| text(name, source) != "default") {
            return false;
        }
        holder = around.next();
    }
    let is_argument = holder.is_some_and(|node| node.kind_name() == "argument_list");
    let Some(call) = around.next().filter(|node| is_argument && node.kind_name() == "call") else { return false };
    let name = call.child_by_field_name("function").and_then(|function| imports.resolve(function, source));
    name.is_some_and(|name| {
        let package = name.split('.').next().unwrap_or_default();
        name == "type" || name.contains('.') && matches!(package, "pydantic" | "fastapi" | "typer")
    })
}
