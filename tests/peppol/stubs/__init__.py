"""Providers' servers, each written from what the provider publishes about its API, with faults on order."""
