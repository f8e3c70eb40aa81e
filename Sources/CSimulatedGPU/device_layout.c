#include "device_layout.h"
