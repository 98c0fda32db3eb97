"""Pool 存: what the district knows, with its history, linked into one file per person, company and place."""
