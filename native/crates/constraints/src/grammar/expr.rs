//! Right-hand sides of a PEG grammar, as written.

/// One right-hand side. Cuts and actions are gone; ordered choice is read as plain choice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// One after the other; empty means ε.
    Seq(Vec<Expr>),
    /// One of them; empty matches nothing.
    Alt(Vec<Expr>),
    /// Zero or one.
    Opt(Box<Expr>),
    /// Zero or more.
    Star(Box<Expr>),
    /// One or more.
    Plus(Box<Expr>),
    /// `sep.item+`: separator, item.
    Gather(Box<Expr>, Box<Expr>),
    /// A terminal by its spelling.
    Token(String),
    /// Another rule.
    Rule(String),
    /// `&e`: what follows must start like this.
    Ahead(Box<Expr>),
    /// `!e`: what follows must not be this.
    NotAhead(Box<Expr>),
}

impl Expr {
    /// The alternatives of a right-hand side; one when it is not a choice.
    pub fn alternatives(&self) -> &[Expr] {
        match self {
            Expr::Alt(items) => items,
            other => std::slice::from_ref(other),
        }
    }

    /// The items of a sequence; one when it is not a sequence.
    pub fn items(&self) -> &[Expr] {
        match self {
            Expr::Seq(items) => items,
            other => std::slice::from_ref(other),
        }
    }

    /// Calls `visit` on this node and every node below it.
    pub fn walk(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        match self {
            Expr::Seq(items) | Expr::Alt(items) => items.iter().for_each(|e| e.walk(visit)),
            Expr::Opt(e) | Expr::Star(e) | Expr::Plus(e) | Expr::Ahead(e) | Expr::NotAhead(e) => e.walk(visit),
            Expr::Gather(sep, item) => {
                sep.walk(visit);
                item.walk(visit);
            }
            Expr::Token(_) | Expr::Rule(_) => {}
        }
    }
}
