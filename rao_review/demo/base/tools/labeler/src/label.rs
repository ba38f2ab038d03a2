//! The text of a label.

use crate::barcode::checksum;

/// One crate.
pub struct Label {
    pub grower: String,
    pub digits: [u8; 12],
}

impl Label {
    /// Two lines: the grower, and the digits under the bars.
    pub fn text(&self) -> String {
        let digits: String = self.digits.iter().map(|d| d.to_string()).collect();
        format!("{}\n{}{}", self.grower, digits, checksum(&self.digits))
    }
}
