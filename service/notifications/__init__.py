"""Telling receivers what has happened: notices become deliveries, deliveries are tried until they are taken or given up."""
