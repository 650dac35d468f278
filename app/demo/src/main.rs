//! The main job, end to end, in an in-process SVM.
fn main() {}
