// The C interface of simdjson that the module JSON needs.
#pragma once
