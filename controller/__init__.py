"""The controller: the province's side. Plans, compares, records and shows; never touches a device."""
