"""May this version be served? Pure: values in, values out; no HTTP, no JSON, no SQL, no clock of its own."""
