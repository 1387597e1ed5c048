"""Invoice Responses: what a buyer answers about a document; sent for those we receive, believed for those we issue."""
