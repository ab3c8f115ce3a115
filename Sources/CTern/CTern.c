#include "CTern.h"
