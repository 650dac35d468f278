//! What the keeper decides, on real states: the sandbox makes the state, the duty decides, the program accepts what was
//! built.
mod book;
mod checks;
mod cranks;
mod documents;
mod endings;
mod explained;
mod fees;
mod groups;
mod liquidations;
mod losses;
mod node;
mod port;
mod runs;
mod source;
mod stage;
mod start;
