//! Labels for crates: a barcode and two lines of text.

pub mod barcode;
pub mod label;
