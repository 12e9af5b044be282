/* Nothing is called by name: the library stands in front of the C library's clock. */
