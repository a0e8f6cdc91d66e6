// The C interface of libtorch that the module Torch needs.
#pragma once
