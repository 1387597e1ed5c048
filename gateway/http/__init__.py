"""HTTP manners: problems, bodies, request ids, headers, limits, the API's own description."""
