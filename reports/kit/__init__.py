"""What all reports are made of: text made inert, tables, figures' theme, wording."""
