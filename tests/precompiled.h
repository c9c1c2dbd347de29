// What most tests include of other projects, as eventstore/base/precompiled.h is for the libraries.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/precompiled.h"
