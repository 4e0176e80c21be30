# SPDX-License-Identifier: Apache-2.0
# Makes spm_*.json: SPM's own inversion of four small models, for GNU Octave.
#   SPM_DIR=... octave --no-gui -q spm_toys.m
1;
addpath(getenv('SPM_DIR'));
warning('off', 'all');

function y = decay(P, M, U)
  y = exp(P(1)) * exp(-exp(P(2)) / 5 * U.t);
end

function y = oscillation(P, M, U)
  y = zeros(numel(U.t), 3);
  for c = 1:3
    y(:, c) = P(c) * exp(-0.3 * exp(P(4)) * U.t) .* cos(pi * exp(P(5)) * U.t + P(6) * (c - 1));
  end
end

function y = growth(P, M, U)
  r = exp(P(1));  K = 3 * exp(P(2));  m = 4 + P(3);
  y = [K ./ (1 + exp(-r * (U.t - m))), K ./ (1 + exp(-r * (U.t - m - exp(P(4)))))];
end

function y = tone(P, M, U)
  y = exp(P(1)) * cos(1.2 * pi * exp(P(2)) * U.t + P(3));
end

function put(file, key, numbers)
  text = sprintf('%.17g, ', full(numbers(:)));
  fprintf(file, '  "%s": [%s],\n', key, text(1:end - 2));
end

function invert(name, f, t, y, X0, pC, hE, hC)
  channels = size(y, 2);
  M = struct('IS', f, 'pE', zeros(numel(pC), 1), 'pC', diag(pC), 'nograph', 1, ...
             'hE', hE * ones(channels, 1), 'hC', hC * eye(channels));
  Y = struct('y', y, 'dt', t(2) - t(1), 'X0', X0);
  Y.Q = spm_Ce(numel(t) * ones(1, channels));
  log = tempname();
  diary(log);
  [Ep, Cp, Eh, F, L] = spm_nlsi_GN(M, struct('t', t), Y);
  diary off;
  # Whether each iteration was kept is printed at its end, "EM:(+)" or "EM:(-)".
  kept = regexp(fileread(log), 'EM:\(([+-])\)', 'tokens');
  delete(log);
  file = fopen(['spm_' name '.json'], 'w');
  fprintf(file, '{\n');
  put(file, 'time', t);
  put(file, 'data', y);
  put(file, 'confounds', X0);
  put(file, 'prior_variance', pC);
  put(file, 'mean', Ep);
  put(file, 'covariance', Cp);
  put(file, 'lambda', Eh);
  put(file, 'free_energy_parts', L);
  fprintf(file, '  "lambda_prior_mean": %.17g,\n  "lambda_prior_variance": %.17g,\n', hE, hC);
  fprintf(file, '  "free_energy": %.17g,\n  "kept": "%s"\n}\n', full(F), [[kept{:}]{:}]);
  fclose(file);
end

randn('twister', 7);
U.t = (0:59)' * 0.25;
y = decay([log(2.2); log(1.75)], [], U) + 0.8 - 0.05 * U.t + 0.1 * randn(60, 1);
invert('decay', @decay, U.t, y, [ones(60, 1), U.t / 10], [0.5; 0.25], 6, 1 / 128);

U.t = (0:79)' * 0.1;
X0 = [ones(80, 1), sqrt(2) * cos(pi * ((0:79)' + 0.5) * [1, 2] / 80)];
y = oscillation([1.5; -0.8; 1.1; 0.3; 0.12; 0.6], [], U) + randn(80, 3) * diag([0.1 0.2 0.15]) ...
    + X0 * [0.5 -0.2 0.1; 0.1 0.3 -0.1; -0.2 0.05 0.2];
invert('oscillation', @oscillation, U.t, y, X0, [1; 1; 1; 1 / 16; 1 / 64; 0.5], 4, 1 / 16);

U.t = (0:49)' * 0.2;
y = growth([1.3; 0.6; 3.5; 0.8], [], U) + randn(50, 2) * diag([0.2 0.3]);
invert('growth', @growth, U.t, y, [], [1; 0.5; 4; 0.25], 4, 1 / 16);

U.t = (0:79)' * 0.125;
y = tone([0.8; 0.09; 0.4], [], U) + 0.3 + 0.1 * randn(80, 1);
invert('tone', @tone, U.t, y, ones(80, 1), [1; 1; 1], 4, 1 / 16);
