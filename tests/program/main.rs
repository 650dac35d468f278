//! Each instruction: what it does, each account wrong once, each refusal once.
