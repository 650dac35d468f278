//! Parameters and changes, as files and field by field.
pub mod change_fields;
pub mod change_file;
pub mod feed_binding;
mod overlay;
pub mod parameters;
