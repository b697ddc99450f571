"""What an image of a started interpreter holds: the sandbox's own files and the modules that programs use."""

import sys

sys.path.insert(0, "/sandbox")
import candidate
import expressions
import judge

sys.path.remove("/sandbox")

import abc
import argparse
import array
import ast
import base64
import binascii
import bisect
import calendar
import cmath
import collections
import collections.abc
import contextlib
import copy
import csv
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import hashlib
import heapq
import inspect
import io
import itertools
import json
import keyword
import locale
import logging
import math
import numbers
import operator
import os
import pprint
import queue
import random
import re
import secrets
import statistics
import string
import struct
import tempfile
import textwrap
import threading
import time
import timeit
import traceback
import types
import typing
import unicodedata
import unittest
import uuid
import warnings
import weakref
import zlib

import gc

gc.collect()
random.seed(0)
