//! Parameters and changes, as files and field by field.
pub mod change_fields;
pub mod change_file;
mod overlay;
pub mod parameters;
