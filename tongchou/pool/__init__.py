"""Pool 存: what the district knows, record by record and subject by subject."""
