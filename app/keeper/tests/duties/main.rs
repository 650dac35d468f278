//! What the keeper decides, on real states: the sandbox makes the state, the duty decides, the program accepts what was
//! built.
mod cranks;
mod endings;
mod explained;
mod groups;
mod liquidations;
mod losses;
mod runs;
mod stage;
