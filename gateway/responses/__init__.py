"""Invoice Responses: what a buyer answers about a document, sent for those we receive and believed for those we issue."""
