#include "CFolded.h"
